#!/usr/bin/env bash
# Core dumps, coverage and profiles of a program in ring 0, on the host.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cat >program.c <<'END'
#include <stdio.h>
static int deep(int n, volatile int *p) { return n ? deep(n - 1, p) + 1 : *p; }
int main(int argc, char **argv)
{
	static volatile int zero;
	(void)argv;
	printf("%d\n", deep(3, argc > 1 ? (volatile int *)NULL : &zero));
	return 0;
}
END

### A crash

"$cc" -g -O0 program.c -o program
mkdir cores
crash() { same 139 "$(status_of "$run" --timeout 60 --core cores ./program x)" && [[ $(echo cores/core.program.*) == cores/core.program.[0-9]* ]]; }
holds "--core: a crash leaves a core dump on the host" crash
backtrace() {
	gdb -q -batch -ex bt program cores/core.program.* >backtrace 2>&1 || true
	same "deep deep deep deep main " "$(sort -u backtrace | sed -n 's/^#[0-9]* .* in \([a-z]*\) (.*/\1/p' | tr '\n' ' ')" || { cat backtrace; return 1; }
}
if command -v gdb >/dev/null; then
	holds "in which gdb sees the calls" backtrace
else
	echo "# gdb is not installed: not tested"
fi
none() { rm -f cores/* && "$run" --timeout 60 --core cores ./program >/dev/null && [[ -z $(ls cores) ]]; }
holds "without a crash there is none" none

### gcov and gprof

coverage() {
	"$cc" -O0 --coverage program.c -o covered && "$tool-exec" ./covered && "$tool-gcov" covered-program.gcno >/dev/null &&
		grep -q ' 4\**: *2:static int deep' program.c.gcov && grep -q ' 1: *8:' program.c.gcov
}
holds "--coverage: the data come to where gcov looks" coverage
profile() {
	"$cc" -O0 -pg program.c -o profiled && "$tool-exec" ./profiled && gprof -b profiled gmon.out >profile.txt &&
		grep -Eq '1\+3 +deep \[' profile.txt
}
if command -v gprof >/dev/null; then
	holds "-pg: gprof knows who called whom" profile
else
	echo "# gprof is not installed: not tested"
fi

### Undefined behaviour

undefined() {
	cat >undefined.c <<'END'
int main(int argc, char **argv) { (void)argv; int x = 0x7fffffff; return x + argc == 0; }
END
	"$cc" -g -O1 -fsanitize=undefined -fsanitize-undefined-trap-on-error undefined.c -o undefined &&
		same 132 "$(status_of "$run" --timeout 60 ./undefined)"
}
holds "-fsanitize=undefined with traps ends the program by SIGILL" undefined
# The host's build says the same.
reported() {
	cat >reported.cc <<'END'
#include <cstdio>
struct A { virtual int f() { return 1; } virtual ~A() {} };
int main(int argc, char **)
{
	int x = 0x7fffffff, a[3] = { 1, 2, 3 };
	alignas(A) static char none[sizeof(A)];
	A *volatile object = (A *)none;
	x += argc;
	x = x << (argc + 40);
	std::printf("%d %d\n", a[argc % 3], x == 0);
	return (object->A::f() != 1) + 5;
}
END
	"$hostcxx" -O0 -fsanitize=undefined reported.cc -o reported-host && "$cxx" -O0 -fsanitize=undefined reported.cc -o reported &&
		same 5 "$(status_of ./reported-host)" && cp stderr.txt wanted.txt && same 5 "$(status_of "$run" --timeout 60 ./reported)" || return
	# Which bytes are around an object is not the same.
	diff <(grep 'runtime error' wanted.txt | sed 's/0x[0-9a-f]*/ADDRESS/') <(grep 'runtime error' stderr.txt | sed 's/0x[0-9a-f]*/ADDRESS/') && grep -q 'signed integer overflow' stderr.txt
}
if [[ -f $("$cc" -print-file-name=libubsan.a) ]]; then
	holds "-fsanitize=undefined reports what the host's does" reported
else
	echo "# libubsan is not installed (toolchain-build.sh libraries libubsan): not tested"
fi
no_library() { fails "$cc" -fsanitize="$1" program.c -o sanitized 2>messages && grep -Eq "libsanitizer|cannot specify -static with -fsanitize=$1|cannot find -l" messages && [[ ! -e sanitized ]]; }
for sanitizer in address thread leak; do
	holds "-fsanitize=$sanitizer is refused by name" no_library $sanitizer
done

### The host's tools in the guest: ring-3 programs that watch the one in ring 0

cat >watched.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static int twice(int x) { return 2 * x; }
int main(int argc, char **argv)
{
	int fd = open("/nowhere", O_RDONLY), status = 0;
	(void)argv;
	printf("%d %d\n", fd, twice(argc));
	if (fork() == 0)
		_exit(3);
	wait(&status);
	return WEXITSTATUS(status);
}
END
"$cc" -g -O0 watched.c -o watched
# within OPTION... TOOL ARGUMENT...: dynamically linked tools, with the libraries of this machine.
within() {
	local -a options=()
	while [[ $1 == --* ]]; do options+=("$1" "$2"); shift 2; done
	"$run" --timeout 100 --share /usr:/usr --share "$(realpath /lib):/lib" --share "$(realpath /lib64):/lib64" "${options[@]}" --exec "$1" ./watched "${@:2}"
}
traced() {
	same 3 "$(status_of within /usr/bin/strace -f -o /dev/stderr /ukl/program x)" && same "-1 4" "$(cat stdout.txt)" || return
	local line
	for line in 'openat(AT_FDCWD, "/nowhere", O_RDONLY) = -1 ENOENT' 'write(1, "-1 4\n", 5) = 5' 'exit_group(3) = ?' '+++ exited with 3 +++'; do
		tr -s ' ' <stderr.txt | grep -qF -- "$line" || { echo "no line $line"; return 1; }
	done
}
if [[ -x /usr/bin/strace ]]; then
	holds "strace in the guest sees a ring-0 program's system calls" traced
else
	echo "# strace is not installed: not tested"
fi
# shellcheck disable=SC2016 # gdb's name of a value
served() {
	local port=$((20000 + RANDOM % 12000)) i status=0
	within --net "user,hostfwd=tcp:127.0.0.1:$port-:2345" /usr/bin/gdbserver 0.0.0.0:2345 /ukl/program x >gdbserver.txt 2>&1 &
	local guest=$!
	for ((i = 0; i < 200; i++)); do
		! grep -q Listening gdbserver.txt || break
		sleep 0.2
	done
	timeout 90 gdb -q -batch watched -ex "target remote 127.0.0.1:$port" -ex 'break twice' -ex continue -ex backtrace -ex finish -ex stepi -ex continue >gdb.txt 2>&1 || status=$?
	wait $guest || status=$?
	cat gdb.txt gdbserver.txt
	[[ $status == 0 ]] && grep -q '^#1 .* in main (argc=2' gdb.txt && grep -q '^Value returned is \$1 = 4' gdb.txt && grep -q 'exited with code 03' gdb.txt
}
if [[ -x /usr/bin/gdbserver ]] && command -v gdb >/dev/null; then
	holds "gdbserver in the guest: breakpoints, backtraces, steps" served
else
	echo "# gdbserver is not installed: not tested"
fi

summary
