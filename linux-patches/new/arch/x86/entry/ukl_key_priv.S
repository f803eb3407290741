/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Third part of ukl_key_64.S: instructions that could undo the kernel's key. asm/ukl_key_insn.h leads here.
 *
 * A program that jumps to one has changed something of the CPU, but nothing that follows runs before an
 * access to the kernel's data, or an interrupt, finds the key closed and RIP behind the instruction: that is
 * ukl_key_violation(). Each is the first instruction of a block of 64 bytes; where it faults itself nothing has happened.
 */
#include <asm/nospec-branch.h>
#include <asm/pgtable_types.h>

.macro UKL_KEY_PRIV_START name:req
	.balign 64, 0xcc
SYM_CODE_START_NOALIGN(\name)
	UNWIND_HINT_FUNC
.endm

.macro UKL_KEY_PRIV_END name:req
	cmpb	$0, ukl_key_canary(%rip)
	ret
SYM_CODE_END(\name)
.endm

	.balign 64, 0xcc
SYM_INNER_LABEL(ukl_key_priv_begin, SYM_L_GLOBAL)

/* WRMSR, registers as it has them. */
UKL_KEY_PRIV_START ukl_key_wrmsr
0:	wrmsr
.Lwrmsr_done:
	_ASM_EXTABLE_TYPE(0b, .Lwrmsr_done, EX_TYPE_WRMSR)
UKL_KEY_PRIV_END ukl_key_wrmsr

/* The same; returns 0 in eax, or -EIO if there is no such register. */
UKL_KEY_PRIV_START ukl_key_wrmsr_safe
0:	wrmsr
	cmpb	$0, ukl_key_canary(%rip)
	xorl	%eax, %eax
.Lwrmsr_safe_done:
	ret
	/* Register 0 is eax. */
	_ASM_EXTABLE_TYPE(0b, .Lwrmsr_safe_done, EX_TYPE_WRMSR_SAFE)
SYM_CODE_END(ukl_key_wrmsr_safe)

/* XSETBV, registers as it has them. */
UKL_KEY_PRIV_START ukl_key_xsetbv
	xsetbv
UKL_KEY_PRIV_END ukl_key_xsetbv

/* CR0 and CR4, from rdi */
UKL_KEY_PRIV_START ukl_key_write_cr0
	movq	%rdi, %cr0
UKL_KEY_PRIV_END ukl_key_write_cr0

UKL_KEY_PRIV_START ukl_key_write_cr4
	movq	%rdi, %cr4
	/* Without keys nothing would fault. An interrupt that comes before has to read PKRU, and cannot. */
	btq	$X86_CR4_PKE_BIT, %rdi
	jnc	.Lcr4_again
UKL_KEY_PRIV_END ukl_key_write_cr4
	.balign 64, 0xcc
SYM_INNER_LABEL(ukl_key_priv_end, SYM_L_GLOBAL)

SYM_CODE_START_LOCAL_NOALIGN(ukl_key_write_cr4_again)
	UNWIND_HINT_FUNC
.Lcr4_again:
	btsq	$X86_CR4_PKE_BIT, %rdi
	jmp	ukl_key_write_cr4
SYM_CODE_END(ukl_key_write_cr4_again)

/*
 * GDT and IDT, whose descriptor is at (%rdi): from a place that a program cannot choose, so there is nothing to
 * be checked behind. Clobber rax.
 */
.macro UKL_KEY_TABLE name:req, insn:req
SYM_CODE_START(\name)
	UNWIND_HINT_FUNC
	movq	(%rdi), %rax
	movq	%rax, PER_CPU_VAR(ukl_key_descriptor)
	movw	8(%rdi), %ax
	movw	%ax, PER_CPU_VAR(ukl_key_descriptor + 8)
	\insn	PER_CPU_VAR(ukl_key_descriptor)
	ret
SYM_CODE_END(\name)
.endm
UKL_KEY_TABLE ukl_key_lgdt, lgdt
UKL_KEY_TABLE ukl_key_lidt, lidt

/*
 * CR3, from rdi; clobbers rax. Behind this instruction nothing helps: what comes next is in the page tables
 * that it loads. So it is not in the text, but in a page that is mapped while it is executed. See
 * ukl_key_hide_cr3().
 */
SYM_CODE_START(ukl_key_write_cr3)
	UNWIND_HINT_FUNC
	pushfq
	cli
	movq	PER_CPU_VAR(ukl_key_cr3_pte), %rax
	orb	$_PAGE_PRESENT, (%rax)
	ANNOTATE_RETPOLINE_SAFE
	call	*PER_CPU_VAR(ukl_key_cr3)
	andb	$~_PAGE_PRESENT, (%rax)
	movq	PER_CPU_VAR(ukl_key_cr3), %rax
	invlpg	(%rax)
	popfq
	ret
SYM_CODE_END(ukl_key_write_cr3)

.pushsection .init.text, "ax"
SYM_CODE_START(ukl_key_first_cr3)
	UNWIND_HINT_FUNC
	movq	%rdi, %cr3
	ret
SYM_CODE_END(ukl_key_first_cr3)
.popsection

/*
 * Calls and jumps whose distance has the bytes of such an instruction by chance: their places from _text on, which
 * linker-scripts/make-kernel-object finds and writes here; 0 behind the last. ukl_key_hop() sends them by the other.
 */
.pushsection .init.rodata.ukl_key_chance, "a"
	.globl	ukl_key_chance, ukl_key_chance_end
ukl_key_chance:
	.fill	32, 4, 0
ukl_key_chance_end:
.popsection
.pushsection .text
SYM_CODE_START(ukl_key_hops)
	.fill	256, 1, 0xcc
SYM_INNER_LABEL(ukl_key_hops_end, SYM_L_GLOBAL)
SYM_CODE_END(ukl_key_hops)
.popsection

/* The key is closed and the return address, or RIP of pt_regs, behind such an instruction. Nothing can be trusted but the GDT. */
SYM_CODE_START_LOCAL(ukl_key_violation)
	UNWIND_HINT_UNDEFINED
	cli
	cld
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$UKL_KEY_ALONE, %eax
	wrpkru
	cmpl	$UKL_KEY_ALONE, %eax
	jne	ukl_key_bad
	/* Again, for who has jumped to the WRPKRU. */
	cli
	cld
	movl	$__CPUNODE_SEG, %ecx
	lsl	%ecx, %ecx
	andl	$VDSO_CPUNODE_MASK, %ecx
	movq	__per_cpu_offset(, %rcx, 8), %rdx
	/* One stack for all CPUs: the others stop. An NMI that comes before the end of this leads here again. */
	incl	%ecx
	xorl	%eax, %eax
	lock cmpxchgl %ecx, ukl_key_violating(%rip)
	je	.Lviolation_first
	cmpl	%ecx, %eax
	je	.Lviolation_first
.Lviolation_stop:
	hlt
	jmp	.Lviolation_stop
.Lviolation_first:
	movl	%edx, %eax
	shrq	$32, %rdx
	movl	$MSR_GS_BASE, %ecx
	movq	$ukl_key_last_stack + UKL_KEY_LAST_STACK, %rsp
	call	ukl_key_wrmsr
.Lviolation_end:
	call	ukl_key_violated
	ud2
SYM_CODE_END(ukl_key_violation)

/* Jump there from an entry on an IST stack that has found the key closed; below pt_regs is a return address. Clobbers rcx. */
.macro UKL_KEY_CHECK_PRIV
	movq	RIP + 8(%rsp), %rcx
	subq	$ukl_key_priv_begin, %rcx
	cmpq	$ukl_key_priv_end - ukl_key_priv_begin, %rcx
	jae	.Lharmless\@
	testb	$63, %cl
	jnz	ukl_key_violation
.Lharmless\@:
	xorl	%ecx, %ecx
.endm
