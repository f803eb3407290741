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
no_library() { fails "$cc" -fsanitize=address program.c -o sanitized 2>messages && grep -q libsanitizer messages && [[ ! -e sanitized ]]; }
holds "a sanitizer that needs its library is refused by name" no_library

summary
