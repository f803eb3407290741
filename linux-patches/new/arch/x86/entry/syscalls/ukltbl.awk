# SPDX-License-Identifier: GPL-2.0
#
# One line for each system call of syscall_64.tbl: how arch/x86/entry/ukl_64.S enters it.
#
# usage: awk -f ukltbl.awk syscalls.h... syscall_64.tbl
#
#   UKL_FULL number, name                  pt_regs are built first
#   UKL_FAST number, name, function, args  it is called at once; args are kept for a restart
#   UKL_LEAF number, name, function        the same; never sleeps, never is restarted
#   UKL_NONE number, name                  not implemented

BEGIN {
	# Read or replace the caller's registers, or copy them to a new thread.
	full = "rt_sigreturn clone clone3 fork vfork execve execveat exit exit_group restart_syscall " \
	       "uretprobe io_uring_setup io_uring_enter io_uring_register"
	leaf = "getpid gettid getppid getpgrp getuid geteuid getgid getegid"
	n = split(full, word, " ")
	for (i = 1; i <= n; i++)
		is_full[word[i]]
	n = split(leaf, word, " ")
	for (i = 1; i <= n; i++)
		is_leaf[word[i]]
	# See asm/ukl.h.
	n = split("getpid getppid read write open openat close newfstat newfstatat sendto recvfrom " \
		  "kill tgkill", word, " ")
	for (i = 1; i <= n; i++)
		shortcut["sys_" word[i]] = "ukl_" word[i]
}

# Prototypes tell the number of arguments: asmlinkage long sys_name(type, type);
FILENAME ~ /\.h$/ {
	if (/^asmlinkage/ || /^long sys_/)
		prototype = ""
	prototype = prototype $0
	if (/;/ && match(prototype, /sys_[a-z0-9_]+\(/)) {
		entry = substr(prototype, RSTART, RLENGTH - 1)
		list = substr(prototype, RSTART + RLENGTH)
		sub(/\).*/, "", list)
		args[entry] = list ~ /^(void)?$/ ? 0 : gsub(/,/, "", list) + 1
		prototype = ""
	}
	next
}

$2 != "common" && $2 != "64" { next }
$4 == "" || $4 == "sys_ni_syscall" { print "UKL_NONE " $1 ", " $3; next }
$3 in is_full { print "UKL_FULL " $1 ", " $3; next }
{ function_name = $4 in shortcut ? shortcut[$4] : "__ukl_" $4 }
$3 in is_leaf { print "UKL_LEAF " $1 ", " $3 ", " function_name; next }
{ print "UKL_FAST " $1 ", " $3 ", " function_name ", " ($4 in args ? args[$4] : 6) }
