/* syscall (number, arg1 ... arg6): the stock file with one register less.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#include <sysdep.h>

	.text
ENTRY (syscall)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %rcx
	movq	%r9, %r8
	movq	8(%rsp), %r9
	call	ukl_syscall
	cmpq	$-4095, %rax
	jae	SYSCALL_ERROR_LABEL
	ret
PSEUDO_END (syscall)
