#!/usr/bin/env bash
# How a run ends that does not end well: panic, time limit, signals, memory.
# default kernel only: has oopses whose text it knows
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool

holds "a program that hangs meets --timeout" same 124 "$(status_of "$run" --timeout 4 ./tool hang)"
holds "and one line says so" one_line stderr.txt 'time'
holds "a program that spins does" same 124 "$(status_of "$run" --timeout 4 ./tool spin)"

holds "a kernel panic has a status of its own" same 125 "$(status_of "$run" --timeout 60 ./tool panic)"
holds "the panic's line is on stderr" grep -q 'Kernel panic - not syncing' stderr.txt
holds "the launcher names it" grep -q '^x86_64-ukl-linux-gnu-run: .*panic' stderr.txt
# A pointer of the kernel's is overwritten, and the kernel follows it.
cat >oops.c <<'END'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	if (argc > 1)
		*(volatile unsigned long *)strtoul(argv[1], NULL, 16) = 0x10;
	return write(open("/proc/sysrq-trigger", O_WRONLY), "c", 1) != 1;
}
END
oops() {
	local table
	"$cc" -O2 oops.c -o oops && table=$((16#$("$tool-nm" oops | sed -n 's/ [Dd] sysrq_key_table$//p'))) || return
	same 125 "$(status_of "$run" --timeout 60 --append oops=panic ./oops "$(printf %x $((table + 8 * 12)))")" && grep -q 'not syncing: Fatal exception' stderr.txt
}
holds "an oops can be a panic" oops
named() {
	local name
	for name in __handle_sysrq write_sysrq_trigger vfs_write ukl_sys_write; do
		grep -Eq "0xffffffff8[0-9a-f]{7} $name\\+0x[0-9a-f]+( |\$)" stderr.txt || { echo "no $name"; return 1; }
	done
}
holds "its backtrace has names" named
holds "a panic before the program starts" same 125 "$(status_of "$run" --timeout 60 --append rdinit=/no/such/init ./tool cpus)"
holds "a machine without enough memory" same 125 "$(status_of "$run" --timeout 20 --mem 8M ./tool cpus)"

# Nobody may have waited for it yet: a zombie has ended, too.
has_ended() {
	! grep -qs '^State:	[^Z]' "/proc/$1/status"
}

# A signal to the launcher ends the machine and the launcher.
ended_by() {
	local pid status=0 child
	"$run" --timeout 60 ./tool hang &
	pid=$!
	sleep 2
	child=$(pgrep -P "$pid") || return
	kill -s "$1" "$pid"
	wait "$pid" || status=$?
	sleep 0.5
	same "$2" "$status" && has_ended "$child"
}
holds "SIGTERM to the launcher ends the machine" ended_by TERM 143
# The machine must not outlive a launcher that had no chance to say good-bye.
holds "so does SIGKILL" ended_by KILL 137

oom() {
	same 0 "$(status_of "$run" --timeout 120 --mem 64M ./tool oom)" && same "child killed by 9, parent alive" "$(cat stdout.txt)"
}
holds "memory runs out: the child is killed, the parent lives" oom
holds "and the launcher names the killed process" grep -Eq 'Killed process [0-9]+ \(' stderr.txt

console() {
	"$run" --verbose --timeout 60 ./tool cpus >stdout.txt 2>stderr.txt && same 1 "$(cat stdout.txt)" &&
		grep -q 'Linux version' stderr.txt
}
holds "--verbose shows the kernel's console" console

summary
