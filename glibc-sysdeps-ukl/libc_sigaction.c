/* The signal restorer: its stack must be the frame that the kernel pushed.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

/* The stock restorer is assembly in a string: the instruction in it is
   redefined for the assembler.  r9, the address to continue at, is for
   unwinders only, as rt_sigreturn does not return: they find the stock unwind
   information of the signal frame by it.  */
asm (".macro syscall\n"
     "	leaq	__restore_rt(%rip), %r9\n"
     "	call	ukl_syscall_cont\n"
     "	.endm");

#include <sysdeps/unix/sysv/linux/x86_64/libc_sigaction.c>

asm (".purgem syscall");
