/* For calls whose child or successor must not pop a return address.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

/* The kernel returns by jumping to r9, with the stack pointer as it was before
   the call, and preserves every register but rax, rcx, r10 and r11: in place
   of the instruction in stock assembly files that make no use of r9.  */
	.macro	ukl_cont
	movq	%r10, %rcx
	leaq	.Lcont\@(%rip), %r9
	call	ukl_syscall_cont
.Lcont\@:
	.endm

#define syscall ukl_cont
