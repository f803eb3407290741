/* rt_sigreturn, and the runtime's ways into it.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "layout.h"

	.text
	/* rdi: the frame. The kernel takes it to be 8 bytes below the stack pointer. */
	.globl	__ukl_sigreturn
	.type	__ukl_sigreturn, @function
__ukl_sigreturn:
	.cfi_startproc
	.cfi_undefined %rip
	leaq	8(%rdi), %rsp
	movl	$15, %eax
	leaq	1f(%rip), %r9
	call	ukl_syscall_cont
1:	ud2
	.cfi_endproc
	.size	__ukl_sigreturn, .-__ukl_sigreturn

	/* rdi: signal mask, esi: rights. Returns with them, on the same stack. Needs
	   signals blocked. */
	.globl	__ukl_take_rights
	.type	__ukl_take_rights, @function
__ukl_take_rights:
	.cfi_startproc
	movq	(%rsp), %rax
	/* struct ukl_registers, below what is in use: this stack is not trusted, but
	   nor is what it decides: where code with these rights goes on. */
	leaq	8(%rsp), %rcx
	subq	$72, %rsp
	.cfi_adjust_cfa_offset 72
	movq	%rbx, (%rsp)
	movq	%rbp, 8(%rsp)
	movq	%r12, 16(%rsp)
	movq	%r13, 24(%rsp)
	movq	%r14, 32(%rsp)
	movq	%r15, 40(%rsp)
	movq	%rcx, 48(%rsp)
	movq	%rax, 56(%rsp)
	movl	%esi, %ecx
	movq	%rdi, %rdx
	xorl	%esi, %esi
	movq	%rsp, %rdi
	xorl	%r8d, %r8d
	call	__ukl_switch
	.cfi_endproc
	.size	__ukl_take_rights, .-__ukl_take_rights

	/* Where a thread starts, with its rights on its stack. r12 libc's start function, r13
	   its argument; it does not return. */
	.globl	__ukl_thread_call
	.type	__ukl_thread_call, @function
__ukl_thread_call:
	.cfi_startproc
	.cfi_undefined %rip
	movq	%r13, %rdi
	call	*%r12
	ud2
	.cfi_endproc
	.size	__ukl_thread_call, .-__ukl_thread_call

	/*
	 * Where a signal handler starts: with the rights of its compartment, on its stack.
	 * r12 the handler, r13 the signal, r14 its siginfo, r15 and rbx the context.
	 * An unwinder finds the interrupted frame by rbx, which the handler keeps.
	 */
#define REG(number, offset)						\
	.cfi_escape 0x10, number, 3, 0x73, (offset) & 0x7f | 0x80, (offset) >> 7
	.globl	__ukl_signal_call
	.type	__ukl_signal_call, @function
	.cfi_startproc
	.cfi_signal_frame
	/* CFA: what is at rbx + 160, the stack pointer. */
	.cfi_escape 0x0f, 4, 0x73, 160 & 0x7f | 0x80, 160 >> 7, 0x06
	REG (8, 40)
	REG (9, 48)
	REG (10, 56)
	REG (11, 64)
	REG (12, 72)
	REG (13, 80)
	REG (14, 88)
	REG (15, 96)
	REG (5, 104)
	REG (4, 112)
	REG (6, 120)
	REG (3, 128)
	REG (1, 136)
	REG (0, 144)
	REG (2, 152)
	REG (7, 160)
	REG (16, 168)
	nop
__ukl_signal_call:
	movl	%r13d, %edi
	movq	%r14, %rsi
	movq	%r15, %rdx
	call	*%r12
	movl	%eax, %edi
	call	__ukl_priv_sigreturn
	ud2
	.cfi_endproc
	.size	__ukl_signal_call, .-__ukl_signal_call
	.section .note.GNU-stack, "", @progbits
