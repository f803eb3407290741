#!/usr/bin/env bash
# A breakpoint of the kernel's own, for patching code, that nobody claims because it is not there any more: QEMU's TCG may still
# execute it. gdb has the kernel asked in the middle of a system call, as its trap's handler would ask.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"
# shellcheck source=SCRIPTDIR/../lib/qemu-gdb
. "$testsuite/lib/qemu-gdb"

cat >umask.c <<'END'
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
	umask(027);
	printf("umask %o\n", (unsigned int)umask(0));
	return 0;
}
END
"$cc" -O2 -Wall -Wextra -Werror umask.c -o umask
kernels() { kernel_symbol umask "$1"; }
# asks ADDRESS: gdb's commands. Of struct pt_regs (asm/ptrace.h) RIP is word 16 of 21, CS word 17.
asks() {
	cat <<END
set \$rsp = \$stack - 8 * 64
set \$regs = \$rsp + 8 * 8
set *(long *)(\$regs + 8 * 16) = $1 + 1
set *(long *)(\$regs + 8 * 17) = 0x10
set *(long *)\$rsp = \$entry
set \$rdi = \$regs
set \$eflags = \$flags & ~0x200
set \$rip = $(kernels ukl_stale_int3)
hbreak *\$entry
awatch *(char *)$1
set \$stops = 0
while \$rip != \$entry
continue
set \$stops = \$stops + 1
end
delete
printf "answer %d at %d, cr0 %d, written %d\n", \$al, *(long *)(\$regs + 8 * 16) - $1, \$cr0 == \$before, \$stops > 2
END
}
patched=$(kernels __se_sys_newuname)
{
	cat <<END
$(stopped_in umask __se_sys_umask)
set \$entry = \$rip
set \$stack = \$rsp
set \$flags = \$eflags
set \$mask = \$rdi
set \$before = \$cr0
set \$text = *(long *)$patched
END
	asks "$patched"
	cat <<END
set *(char *)$patched = 0xcc
END
	asks "$patched"
	cat <<END
set *(char *)$patched = \$text
printf "text as before %d\n", *(long *)$patched == \$text
set \$rsp = \$stack
set \$eflags = \$flags
set \$rdi = \$mask
continue
END
} >commands
# It reads the place, and where the breakpoint is stale writes there; that is where the kernel goes on then.
answers() {
	debugged umask commands "$@" ./umask
	same $'answer 1 at 0, cr0 1, written 1\nanswer 0 at 1, cr0 1, written 0\ntext as before 1' "$(grep '^answer\|^text' gdb.txt)" ||
		{ tail -n 20 gdb.txt; return 1; }
	grep -a '^umask' boot.txt && ! grep -aE 'BUG|Oops|WARNING' boot.txt
}
holds "one that is there is not claimed; one that is not is passed, and its place written to" answers
! kernel_has ukl_key_switch_to || holds "  with the kernel's memory behind its key, too" answers --append "ukl_key=on ukl_key_ro=on"

summary
