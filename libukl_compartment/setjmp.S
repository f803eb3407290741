/* setjmp and its family: what libc's does, and a note for longjmp across a gate.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "layout.h"

#define HEADER_ID 0x14		/* of struct ukl_gate_header */
#define SHARED_TEXT 48		/* of struct ukl_table: part[0].text, then text_end */

	.text
	.globl	__wrap_setjmp, __wrap__setjmp, __wrap___sigsetjmp
	.type	__wrap_setjmp, @function
	.type	__wrap__setjmp, @function
	.type	__wrap___sigsetjmp, @function
	.cfi_startproc
__wrap_setjmp:
	movl	$1, %esi
	jmp	__wrap___sigsetjmp
__wrap__setjmp:
	xorl	%esi, %esi
__wrap___sigsetjmp:
	movq	__ukl_gate@gottpoff(%rip), %rax
	cmpl	$0, %fs:HEADER_ID(%rax)
	je	.Lplain
	/* libc's own jumps stay within a compartment. */
	movq	(%rsp), %rdx
	cmpq	__ukl_compartments+SHARED_TEXT(%rip), %rdx
	jb	.Lregister
	cmpq	__ukl_compartments+SHARED_TEXT+8(%rip), %rdx
	jb	.Lplain
.Lregister:
	pushq	%rdi
	.cfi_adjust_cfa_offset 8
	pushq	%rsi
	.cfi_adjust_cfa_offset 8
	/* Whether the mask is to be saved is in bit 0 of the address. */
	xorl	%eax, %eax
	testl	%esi, %esi
	setne	%al
	orq	%rax, %rdi
	leaq	24(%rsp), %rsi
	movq	%rbx, %rcx
	movq	%rbp, %r8
	movq	%r12, %r9
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	call	__ukl_priv_setjmp
	addq	$24, %rsp
	.cfi_adjust_cfa_offset -24
	popq	%rsi
	.cfi_adjust_cfa_offset -8
	popq	%rdi
	.cfi_adjust_cfa_offset -8
.Lplain:
	jmp	__real___sigsetjmp
	.cfi_endproc
	.size	__wrap_setjmp, .-__wrap_setjmp
	.section .note.GNU-stack, "", @progbits
