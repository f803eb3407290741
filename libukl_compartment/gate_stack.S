/* __ukl_gate_stack: a gate found no stack of the called compartment in this thread.
 *
 * In: eax the compartment's id, r11 where to go on. Out: rax the stack pointer.
 * Keeps every other register but r10 and the flags. The stack that it comes on is not
 * used, because other threads of the caller's compartment can write it while this
 * thread has the rights of both sides.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "layout.h"

	.text
	.globl	__ukl_gate_stack
	.type	__ukl_gate_stack, @function
__ukl_gate_stack:
	.cfi_startproc
	.cfi_undefined %rip
	movq	__ukl_gate@gottpoff(%rip), %r10
	movq	%fs:UKL_HEADER_THREAD(%r10), %r10
	/* A signal handler that comes from here on takes the part below. */
	subq	$UKL_SCRATCH_STEP, UKL_THREAD_SCRATCH(%r10)
	xchgq	%rsp, %r10
	movq	UKL_THREAD_SCRATCH(%rsp), %rsp
	/* Below that is struct ukl_thread. */
	testl	$0xf000, %esp
	jnz	.Lbad
	testl	$0xfc00, %esp
	jz	.Lbad
	leaq	UKL_SCRATCH_STEP(%rsp), %rsp
	pushq	%r10
	pushq	%r11
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	movl	%eax, %edi
	call	__ukl_stack_make
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%r11
	popq	%rsp
	movq	__ukl_gate@gottpoff(%rip), %r10
	movq	%fs:UKL_HEADER_THREAD(%r10), %r10
	addq	$UKL_SCRATCH_STEP, UKL_THREAD_SCRATCH(%r10)
	jmp	*%r11
.Lbad:
	ud2
	.cfi_endproc
	.size	__ukl_gate_stack, .-__ukl_gate_stack
	.section .note.GNU-stack, "", @progbits
