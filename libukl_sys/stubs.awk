# In: the kernel's syscall_64.tbl.  Out: an assembly file per symbol of libukl_sys.
#
# usage: awk -v dir=DIR -f stubs.awk syscall_64.tbl
#
# Writes DIR/SYMBOL.s and prints SYMBOL for each; fails if the table has none.
#
# Every symbol is called with the C calling convention: the instruction wants
# the fourth argument in r10 in place of rcx.  The unwind information counts:
# a thread is cancelled by a signal that unwinds from within the call.
#
# Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
# SPDX-License-Identifier: LGPL-2.1-or-later

function stub(symbol, body,    file) {
	file = dir "/" symbol ".s"
	printf "\t.text\n\t.globl\t%s\n\t.type\t%s, @function\n%s:\n" \
	       "\t.cfi_startproc\n\tmovq\t%%rcx, %%r10\n%s\t.cfi_endproc\n" \
	       "\t.size\t%s, .-%s\n\t.section\t.note.GNU-stack,\"\",@progbits\n",
	       symbol, symbol, symbol, body, symbol, symbol > file
	close(file)
	print symbol
}

$1 ~ /^[0-9]+$/ && ($2 == "common" || $2 == "64") {
	stub("ukl_sys_" $3, "\tmovl\t$" $1 ", %eax\n\tsyscall\n\tret\n")
	calls++
}

END {
	if (!calls) {
		print "stubs.awk: " FILENAME ": no 64-bit system calls;" \
		      " give the kernel's syscall_64.tbl" > "/dev/stderr"
		exit 1
	}
	# rax: the number
	stub("ukl_syscall", "\tsyscall\n\tret\n")
	# rax: the number, r9: where to go on, with the return address gone
	stub("ukl_syscall_cont", "\taddq\t$8, %rsp\n" \
	     "\t.cfi_def_cfa_offset\t0\n\t.cfi_register\t%rip, %r9\n" \
	     "\tsyscall\n\tjmp\t*%r9\n")
}
