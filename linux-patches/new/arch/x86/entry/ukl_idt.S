/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries of exceptions in which a ring-0 program can do what ring 3 cannot: set CR0.EM or CR0.TS with LMSW,
 * and raise any vector with INT n. Nothing here accesses more than the frame, so the kernel's key may be closed.
 */
#include <asm/msr-index.h>
#include <asm/trapnr.h>

/*
 * With EM or TS all instructions of the FPU raise #NM or #UD, the kernel's as well. It never sets them: clear
 * both, and execute the instruction again.
 */
.macro UKL_MEND_CR0
	pushq	%rax
	movq	%cr0, %rax
	testb	$(X86_CR0_EM | X86_CR0_TS), %al
	jnz	.Lukl_mend_cr0
.endm

SYM_CODE_START(ukl_exc_invalid_op)
	UNWIND_HINT_IRET_ENTRY
	ENDBR
	UKL_MEND_CR0
	popq	%rax
	jmp	asm_exc_invalid_op

.Lukl_mend_cr0:
	UNWIND_HINT_IRET_REGS offset=8
	andb	$~(X86_CR0_EM | X86_CR0_TS), %al
	lmsw	%ax
	popq	%rax
	jmp	native_irq_return_iret
SYM_CODE_END(ukl_exc_invalid_op)

/* INT n, seen by its lack of an error code or of a cause: the #GP that it is in ring 3 (SDM volume 3, 6.12.1.2). */
.macro UKL_INT vector:req
	pushq	$(\vector * 8 + 2)		/* the vector, and that it is one of the IDT */
	jmp	ukl_int
.endm

SYM_CODE_START_LOCAL(ukl_int)
	UNWIND_HINT_IRET_REGS offset=8
	subq	$2, 8(%rsp)			/* a fault: RIP is that of the instruction */
	jmp	asm_exc_general_protection
SYM_CODE_END(ukl_int)

SYM_CODE_START(ukl_exc_device_not_available)
	UNWIND_HINT_IRET_ENTRY
	ENDBR
	UKL_MEND_CR0
	ALTERNATIVE "jmp .Lnm_int", "", X86_FEATURE_XFD
	/* A component of the FPU that the process has not used yet */
	pushq	%rcx
	pushq	%rdx
	movl	$MSR_IA32_XFD_ERR, %ecx
	rdmsr
	orl	%edx, %eax
	popq	%rdx
	popq	%rcx
	jz	.Lnm_int
	popq	%rax
	jmp	asm_exc_device_not_available
.Lnm_int:
	popq	%rax
	UKL_INT	X86_TRAP_NM
SYM_CODE_END(ukl_exc_device_not_available)

/*
 * With an error code rsp is a multiple of 16, because the CPU aligns the stack before it pushes a frame (SDM
 * volume 3, 6.14.2). INT n pushes none, and the handler would take RIP for it.
 */
.macro UKL_ERROR_CODE vector:req, name:req
SYM_CODE_START(ukl_\name)
	UNWIND_HINT_IRET_ENTRY offset=8
	ENDBR
	testb	$8, %spl
	jz	asm_\name
	UNWIND_HINT_IRET_REGS
	UKL_INT	\vector
SYM_CODE_END(ukl_\name)
.endm

/* The same, and INT n for a vector without handler: in ring 3 that is not seen, because DPL is looked at first. */
SYM_CODE_START(ukl_exc_segment_not_present)
	UNWIND_HINT_IRET_ENTRY offset=8
	ENDBR
	testb	$8, %spl
	jnz	.Lnp_int
	testb	$2, (%rsp)
	jnz	asm_exc_general_protection
	jmp	asm_exc_segment_not_present
.Lnp_int:
	UNWIND_HINT_IRET_REGS
	UKL_INT	X86_TRAP_NP
SYM_CODE_END(ukl_exc_segment_not_present)

UKL_ERROR_CODE X86_TRAP_DF, exc_double_fault
UKL_ERROR_CODE X86_TRAP_TS, exc_invalid_tss
UKL_ERROR_CODE X86_TRAP_SS, exc_stack_segment
UKL_ERROR_CODE X86_TRAP_GP, exc_general_protection
UKL_ERROR_CODE X86_TRAP_PF, exc_page_fault
UKL_ERROR_CODE X86_TRAP_AC, exc_alignment_check
