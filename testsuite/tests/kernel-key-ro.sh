#!/usr/bin/env bash
# Page tables that the kernel only reads: all of them have the key, and a write of the kernel's that is not one of the
# accessors' is an oops. gdb makes it through QEMU: in the middle of a system call it has the kernel's memset() called.
# needs: ukl_key_switch_to
# complaints on purpose
# What is in single quotes are gdb's variables.
# shellcheck disable=SC2016
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

boot() { timeout 120 "$run" --timeout 100 "$@"; }
"$cc" -O2 -Wall -Wextra -Werror -I"$testsuite/lib" "$testsuite/tests/src/page-tables.c" -o page-tables

### Which pages

# list KEYS OPTION...: KEYS is LEVEL:KEY of all that there are
list() {
	local wanted=$1
	shift
	boot "$@" ./page-tables list >list.txt || return
	cat list.txt
	same "$wanted" "$(sed -n 's/^level \([0-9]\) key \([0-9]*\) .*/\1:\2/p' list.txt | tr '\n' ' ')"
}
holds "every page table has key 14" list "4:14 3:14 2:14 1:14 " --append "ukl_key=on ukl_key_ro=on"
holds "on two CPUs with much memory, too" list "4:14 3:14 2:14 1:14 " --append "ukl_key=on ukl_key_ro=on" --smp 2 --mem 3G
holds "without ukl_key_ro: the key of everything" list "4:15 3:15 2:15 1:15 " --append ukl_key=on

# With PKRU as the kernel has it, and as an accessor has it.
writes() { boot --append "ukl_key=on ukl_key_ro=on" ./page-tables write "$1"; }
holds "with the kernel's PKRU: no write" same 139 "$(status_of writes 25555554)"
holds "with an accessor's: a write" same 0 "$(status_of writes 05555554)"
holds "without ukl_key_ro: a write with the kernel's" same 0 \
	"$(status_of boot --append ukl_key=on ./page-tables write 25555554)"
holds "a wrong value: one line" same 1 \
	"$(boot --verbose --append "ukl_key=on ukl_key_ro=maybe" ./page-tables list 2>&1 | grep -c 'ukl_key_ro=maybe: must be on or off')"
holds "without the kernel's key: one line" same 1 \
	"$(boot --verbose --append "ukl_key=off ukl_key_ro=on" ./page-tables list 2>&1 | grep -c 'ukl_key_ro=on: needs the kernel.s key, ukl_key=on')"

### Whatever the kernel does with page tables goes on

"$cc" -O2 -Wall -Wextra -Werror -pthread "$testsuite/tests/src/page-table-churn.c" -o page-table-churn
churn() {
	boot --verbose --append "ukl_key=on ukl_key_ro=on" --smp 2 ./page-table-churn >churn.txt 2>&1 || { tail -n 30 churn.txt; return 1; }
	grep -a '^[a-z_]* [0-9]*$' churn.txt
	! grep -aE 'Oops|BUG|Kernel panic|WARNING|cannot be set' churn.txt
}
holds "huge pages, merged pages, migration, forks: no oops, no warning" churn
for counter in thp_fault_alloc thp_split_pmd pgmigrate_success ksm_sharing; do
	holds "  with $counter" grep -aq "^$counter [1-9]" churn.txt
done
holds "  and memory is what it was" grep -aq '^wrong 0$' churn.txt

### The kernel's own write

# shellcheck source=SCRIPTDIR/../lib/qemu-gdb
. "$testsuite/lib/qemu-gdb"
# calls_memset IMAGE AT BYTE: gdb's commands. Eight bytes AT become BYTE, and then the kernel stops where it was.
calls_memset() {
	printf 'set $rdi = %s\nset $rsi = %s\nset $rdx = 8\nset $rsp = $rsp - 8\nset *(long *)$rsp = $rip\nhbreak *$rip\nset $rip = %s\n' "$2" "$3" "$(kernel_symbol "$1" __memset)"
}
# The call has begun: memset(the 100th entry of the top level, 2, 8), and it goes on where it was.
cat >commands <<END
$(stopped_in page-tables __se_sys_umask)
set \$entry = 0xffff888000000000 + (\$cr3 & 0xffffffffff000) + 8 * 100
$(calls_memset page-tables '$entry' 2)
continue
output/x *(long *)\$entry
set *(long *)\$entry = 0
delete
continue
END
# strays OPTIONS COMMANDS IMAGE MODE: gdb.txt and boot.txt
strays() {
	debugged "$3" "$2" --append "$1" "./$3" "$4"
	grep -a 'oops\|Oops\|BUG\|#PF\|called\|user\|access\|perf' boot.txt
}
strays "ukl_key=on ukl_key_ro=on" commands page-tables call || true
holds "the kernel writes to a page table: an oops" grep -aq 'BUG: unable to handle page fault' boot.txt
holds "  because of the key" grep -aq '#PF:.*protection keys violation' boot.txt
holds "  and nothing was written" fails grep -q '0x202020202020202' gdb.txt
strays "ukl_key=on" commands page-tables call || true
holds "without ukl_key_ro: it is written" grep -q '0x202020202020202' gdb.txt
holds "  and the program goes on" grep -aq '^called' boot.txt

### Credentials

"$cc" -O2 -Wall -Wextra -Werror "$testsuite/tests/src/credentials.c" -o credentials
rights() { boot --append "$1" ./credentials rights; }
holds "credentials of a child, and other ones" same $'chroot: 0\nuser 0 group 7' "$(rights "ukl_key=on ukl_key_ro=on")"
# stray FUNCTION: gdb's commands. In FUNCTION's call of cap_capable(), whose first argument is the credential in use, the kernel
# writes to it: from its second word but one on, behind counter and RCU's head, there are user and group.
stray() {
	cat <<END
$(stopped_in credentials "$1")
hbreak *$(kernel_symbol credentials cap_capable)
continue
delete
set \$credential = \$rdi
set \$user = \$rsi
set \$cap = \$rdx
set \$options = \$rcx
$(calls_memset credentials '$credential + 24' 1)
continue
output/x *(long *)(\$credential + 24)
delete
set \$rdi = \$credential
set \$rsi = \$user
set \$rdx = \$cap
set \$rcx = \$options
continue
END
}
stray __se_sys_chroot >commands-rights
strays "ukl_key=on ukl_key_ro=on" commands-rights credentials rights || true
holds "the kernel writes to a credential in use: an oops" grep -aq 'BUG: unable to handle page fault' boot.txt
holds "  because of the key" grep -aq '#PF:.*protection keys violation' boot.txt
strays "ukl_key=on" commands-rights credentials rights || true
holds "without ukl_key_ro: it is written" grep -q '0x101010101010101' gdb.txt
holds "  and the process has other rights" grep -aq '^user 16843009 group 16843009' boot.txt

other_access() { boot --append "$1" ./credentials access; }
holds "other rights for one call" same 'access: 0' "$(other_access "ukl_key=on ukl_key_ro=on")"
stray __se_sys_access >commands-access
strays "ukl_key=on ukl_key_ro=on" commands-access credentials access || true
holds "the kernel writes to a credential that overrides another: an oops" grep -aq 'BUG: unable to handle page fault' boot.txt
holds "  because of the key" grep -aq '#PF:.*protection keys violation' boot.txt
strays "ukl_key=on" commands-access credentials access || true
holds "without ukl_key_ro: it is written" grep -q '0x101010101010101' gdb.txt

# Two equal pointers, one behind the other, to where credentials begin that can only be read: 24 bytes from the end of a page.
cat >commands-initial <<END
$(stopped_in page-tables __se_sys_umask)
set \$init_cred = $(kernel_symbol page-tables init_cred)
define credential
	set \$task = (long)\$arg0
	set \$old = 0
	set \$sealed = 0
	set \$i = 0
	while \$i < 500
		set \$word = *(long *)(\$task + 8 * \$i)
		if \$word == *(long *)(\$task + 8 * \$i + 8)
			if \$word == \$init_cred
				set \$old = 1
			end
			if (\$word & 0xfff) == 0xfe8
				set \$sealed = \$word
			end
		end
		set \$i = \$i + 1
	end
	printf "%s: init_cred %d, sealed %d\n", \$arg1, \$old, \$sealed != 0
end
credential *(long*)$(kernel_symbol page-tables kthreadd_task) "kthreadd"
credential $(kernel_symbol page-tables init_task) "init_task"
$(calls_memset page-tables '$sealed ? $sealed + 24 : $init_cred + 24' 1)
continue
output/x *(long *)(\$init_cred + 24)
delete
continue
END
strays "ukl_key=on ukl_key_ro=on" commands-initial page-tables call || true
cat gdb.txt
holds "kernel threads have credentials in such pages" grep -q '^kthreadd: init_cred 0, sealed 1' gdb.txt
holds "  and so has the first task" grep -q '^init_task: init_cred 0, sealed 1' gdb.txt
holds "  a write to these is an oops" grep -aq 'BUG: unable to handle page fault' boot.txt
holds "  because of the key" grep -aq '#PF:.*protection keys violation' boot.txt
strays "ukl_key=on" commands-initial page-tables call || true
holds "without ukl_key_ro: the first task has init_cred" grep -q '^init_task: init_cred 1, sealed 0' gdb.txt
holds "  and it is written" grep -q '0x101010101010101' gdb.txt

### The mark of who descends from compartments

# In the child, before it runs: the word whose highest bit is the mark is zeroed.
cat >commands-mark <<END
$(stopped_in credentials __se_sys_umask)
hbreak *$(kernel_symbol credentials wake_up_new_task)
continue
delete
set \$task = \$rdi
set \$i = 0
set \$found = 0
while \$i < 500
	if *(long *)(\$task + 8 * \$i) == 1l << 63
		set *(long *)(\$task + 8 * \$i) = 0
		set \$found = \$found + 1
	end
	set \$i = \$i + 1
end
printf "found %d\n", \$found
continue
END
marked() { boot --append "$1" ./credentials mark; }
holds "a program that descends from compartments may not use perf" same 'perf: EPERM' "$(marked "ukl_key=on ukl_key_ro=on")"
strays "ukl_key=on" commands-mark credentials mark || true
holds "the kernel takes away its mark: there is one" grep -q '^found 1$' gdb.txt
holds "  without ukl_key_ro it may" grep -aq '^perf: EFAULT' boot.txt
strays "ukl_key=on ukl_key_ro=on" commands-mark credentials mark || true
holds "  with it, it has another, which can only be read" grep -q '^found 1$' gdb.txt
holds "    and may not" grep -aq '^perf: EPERM' boot.txt

summary
