#!/usr/bin/env bash
# Backtraces across gates: backtrace() sees the whole stack in a compartment that may read it, and ends at the gate in
# one that may not; gdb sees main from inside a compartment, and from a function of main that a compartment called back. It
# has no name for the gate of that one.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cat >main.c <<'END'
#include <execinfo.h>
#include <stdio.h>
int lib_outer(int (*)(int), int);
int lib_trace(void **, int);
__attribute__((ukl_shared)) static void *room[20] = { room };
__attribute__((noinline)) static void show(const char *who, void **trace, int count)
{
	for (int i = 0; i < count; i++)
		printf("%s %p\n", who, trace[i]);
}
static int called_back(int x)
{
	void *trace[20];
	show("main", trace, backtrace(trace, 20));
	return x + 1;
}
int main(void)
{
	int result = lib_outer(called_back, 5);
	show("lib", room, lib_trace(room, 20));
	return result != 15;
}
END
cat >lib.c <<'END'
#include <execinfo.h>
__attribute__((noinline)) static int inner(int (*f)(int), int x) { return f(x * 2) + 1; }
int lib_outer(int (*f)(int), int x) { return inner(f, x + 1) + 1; }
__attribute__((noinline)) static int deep(void **room, int size) { int n = backtrace(room, size); __asm__ volatile(""); return n; }
int lib_trace(void **room, int size) { int n = deep(room, size); __asm__ volatile(""); return n; }
END
"$cc" -g -O2 -Wall -Wextra -Werror -c main.c lib.c
holds "a library that calls back" "$cc" main.o lib.o -Wl,--compartment=lib=lib.o -o program
holds "runs" same 0 "$(status_of "$run" --timeout 60 ./program)"
cp stdout.txt trace
# names WHO: the functions of its trace, innermost first.
names() {
	sed -n "s/^$1 //p" trace | "$tool-addr2line" -f -e program | sed -n '1~2p' | tr '\n' ' '
}
holds "backtrace() in main sees both sides" same 'called_back gate.*.called_back inner lib_outer gate.main.lib_outer main ' \
	"$(names main | sed 's/\( main \).*/\1/')"
holds "in the library it ends at the gate" same 'deep lib_trace gate.main.lib_trace ' "$(names lib)"

port=$((20000 + $$ % 20000))
# shellcheck disable=SC2016 # expanded when it runs
printf '#!/bin/sh\nexec qemu-system-x86_64 -gdb tcp::%d -S "$@"\n' $port >qemu
chmod +x qemu
# debugged FUNCTION WANTED: the functions that gdb shows there, innermost first.
debugged() {
	local pid
	UKL_QEMU=$PWD/qemu "$run" --timeout 100 ./program >/dev/null 2>&1 &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 1
		timeout 80 gdb -q -batch ./program -ex "target remote :$port" -ex "hbreak $1" -ex continue -ex bt -ex kill >gdb.txt 2>&1 || true
		! grep -q '^#0' gdb.txt || break
	done
	wait $pid || true
	sed -n 's/^#[0-9]* *\(0x[0-9a-f]* in \)\?\(<[^>]*>\|[^ ]*\).*/\2/p' gdb.txt | tr '\n' ' ' >seen
	same "$2 " "$(cat seen)" || { tail -n 20 gdb.txt; return 1; }
}
if command -v gdb >/dev/null; then
	holds "gdb sees main from inside the library" debugged inner 'inner lib_outer gate.main.lib_outer main'
	holds "and from where the library called back" debugged called_back \
		'called_back <signal handler called> inner lib_outer gate.main.lib_outer main'
else
	echo "# gdb is not installed: not tested"
fi

summary
