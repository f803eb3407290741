/* Where the kernel starts signal handlers: on the thread's signal stack, with all
 * keys of the program open and all signals blocked.
 *
 * The address is given out by a function because ld replaces an address taken by
 * that of a gate; a local label it does not see.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "layout.h"

	.text
	.globl	__ukl_signal_entry
	.type	__ukl_signal_entry, @function
__ukl_signal_entry:
	leaq	.Lentry(%rip), %rax
	ret
	.size	__ukl_signal_entry, .-__ukl_signal_entry

	.globl	__ukl_signal_restorer
	.type	__ukl_signal_restorer, @function
__ukl_signal_restorer:
	leaq	.Lrestorer(%rip), %rax
	ret
	.size	__ukl_signal_restorer, .-__ukl_signal_restorer

	.type	.Lentry, @function
.Lentry:
	.cfi_startproc
	.cfi_undefined %rip
	cld
	movl	%edi, %esi
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	__ukl_signal_dispatch
.Lrestorer:
	ud2
	.cfi_endproc
	/*
	 * clone with these arguments, in the order of the system call; libc's stands for
	 * the child's first instructions. All of a new thread's registers are its
	 * creator's but for the stack pointer.
	 */
	.globl	__ukl_thread_clone
	.type	__ukl_thread_clone, @function
__ukl_thread_clone:
	.cfi_startproc
	movl	$56, %eax
	leaq	1f(%rip), %r9
	call	ukl_syscall_cont
1:	testq	%rax, %rax
	jz	2f
	ret
2:	.cfi_undefined %rip
	xorl	%ebp, %ebp
	call	__ukl_thread_begin
	ud2
	.cfi_endproc
	.size	__ukl_thread_clone, .-__ukl_thread_clone
	.section .note.GNU-stack, "", @progbits
