/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fourth part of ukl_key_64.S: writes to what is read-only for the kernel (CONFIG_UKL_KEY_RO). See asm/ukl_key_ro.h.
 *
 * Interrupts are off while the key is open. An NMI that comes then has it open, too, and leaves it so.
 *
 * As everywhere in the kernel's text, a program can jump to each WRPKRU. It has not written the token before,
 * because that takes the kernel's key; and the token, when it is none, has a bit that PKRU never has here.
 */

/* Saved: rax, rcx, rdx, flags. Then eax is PKRU with the key open, ecx = edx = 0. */
.macro UKL_RO_OPEN
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushfq
	cli
	xorl	%ecx, %ecx
	rdpkru
	andl	$~UKL_KEY_RO_WD, %eax
	movl	%eax, PER_CPU_VAR(ukl_ro_token)
	wrpkru
	cmpl	%eax, PER_CPU_VAR(ukl_ro_token)
	jne	ukl_key_bad
.endm

.macro UKL_RO_CLOSE
	orl	$UKL_KEY_RO_WD, %eax
	wrpkru
	andl	$~UKL_KEY_RO_WD, %eax
	cmpl	%eax, PER_CPU_VAR(ukl_ro_token)
	jne	ukl_key_bad
	movl	$-1, PER_CPU_VAR(ukl_ro_token)
	popfq
	popq	%rdx
	popq	%rcx
	popq	%rax
.endm

/* Where, from there on */
#define SAVED_RCX	16
#define SAVED_RAX	24

/* *rdi = rsi */
SYM_CODE_START(ukl_ro_mov)
	UNWIND_HINT_FUNC
	UKL_RO_OPEN
	movq	%rsi, (%rdi)
	UKL_RO_CLOSE
	ret
SYM_CODE_END(ukl_ro_mov)

SYM_CODE_START(ukl_ro_xchg_insn)
	UNWIND_HINT_FUNC
	UKL_RO_OPEN
	xchgq	%rsi, (%rdi)
	UKL_RO_CLOSE
	ret
SYM_CODE_END(ukl_ro_xchg_insn)

/* With rax, which is PKRU for the moment */
SYM_CODE_START(ukl_ro_cmpxchg_insn)
	UNWIND_HINT_FUNC
	UKL_RO_OPEN
	movl	%eax, %ecx
	movq	SAVED_RAX(%rsp), %rax
	lock cmpxchgq %rsi, (%rdi)
	movq	%rax, SAVED_RAX(%rsp)
	movl	%ecx, %eax
	xorl	%ecx, %ecx
	UKL_RO_CLOSE
	ret
SYM_CODE_END(ukl_ro_cmpxchg_insn)

/* rcx words from rsi to rdi, as REP MOVSQ does */
SYM_CODE_START(ukl_ro_movs)
	UNWIND_HINT_FUNC
	UKL_RO_OPEN
	movq	SAVED_RCX(%rsp), %rcx
	rep movsq
	UKL_RO_CLOSE
	ret
SYM_CODE_END(ukl_ro_movs)

/* clear_page(rdi), as that clobbers registers */
SYM_CODE_START(ukl_ro_clear_page)
	UNWIND_HINT_FUNC
	UKL_RO_OPEN
	ALTERNATIVE_2 "call clear_page_orig", "call clear_page_rep", X86_FEATURE_REP_GOOD,	\
		"call clear_page_erms", X86_FEATURE_ERMS
	movl	PER_CPU_VAR(ukl_ro_token), %eax
	xorl	%ecx, %ecx
	UKL_RO_CLOSE
	ret
SYM_CODE_END(ukl_ro_clear_page)
