#!/usr/bin/env bash
# The debug kernel: it boots, finds nothing to complain about in a program, and its backtraces have names.
# (testsuite/run --kernel debug runs all of programs/ on it.)
# default kernel only: compares kernels
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"
# shellcheck source=SCRIPTDIR/../lib/guest
. "$testsuite/lib/guest"

[[ -f $sysroot/usr/lib/ukl/debug/ukl-kernel.o ]] ||
	skip_all "the kernel debug is not installed: ./toolchain-build.sh kernel debug"

cat >trace.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	/* The kernel's log shows where this thread is. */
	return argc != 1 || write(fd, "l", 1) != 1 || puts(argv[0]) < 0;
}
END
started() {
	"$cc" -O2 trace.c -o trace -Wl,--kernel=debug &&
		same ./trace "$("$run" --timeout 300 --verbose ./trace 2>console.log)"
}
holds "a program runs" started
checks() { grep -q 'Lock dependency validator' console.log && grep -q 'RCU lockdep checking is enabled' console.log; }
holds "the kernel checks locks and RCU" checks
holds "and has no complaint" quiet <(sed '/Show backtrace/,/<\/TASK>/d' console.log)
# The last of them is ours, the others Linux's.
named() {
	local name
	sed -n '/Show backtrace/,/<\/TASK>/p' console.log | tr -d '\r' >backtrace
	cat backtrace
	for name in dump_stack sysrq_handle_showallcpus write_sysrq_trigger vfs_write ukl_sys_write; do
		grep -Eq "\] +$name\+0x[0-9a-f]+/0x[0-9a-f]+\$" backtrace || { echo "no $name"; return 1; }
	done
}
holds "a backtrace names functions, through a direct call" named

summary
