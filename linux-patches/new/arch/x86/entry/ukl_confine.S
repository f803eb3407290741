/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fifth part of ukl_key_64.S: the way into confined functions, and out. See asm/ukl_confine.h.
 *
 * A confined function is a program, to the key: an entry finds it closed. ukl_confined says that it is none. That is
 * written with the key open, while no program runs on this CPU, so it is true.
 */

/* A stack pointer that faults: not canonical */
#define NO_STACK	0x8000000000000000

/*
 * long ukl_confined_run(fn, arena): @arena is seen by this CPU, interrupts are off. A call of the kernel's by its
 * stubs would begin at the thread stack's top, which is in use: there is none meanwhile.
 */
SYM_FUNC_START(ukl_confined_run)
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushfq
	movq	$NO_STACK, %r10
	pushq	PER_CPU_VAR(pcpu_hot + X86_top_of_stack)
	pushq	PER_CPU_VAR(ukl_frame)
	UKL_KEY_RDPKRU
	pushq	%rax
	movq	%rsp, PER_CPU_VAR(ukl_confined)
	movq	%r10, PER_CPU_VAR(pcpu_hot + X86_top_of_stack)
	movq	%r10, PER_CPU_VAR(ukl_frame)
	leaq	UKL_ARENA_SIZE(%rsi), %rsp
	movq	%rdi, %rbx
	movq	%rsi, %rdi
	xorl	%esi, %esi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	movl	$UKL_RIGHTS_NONE, %eax
	wrpkru
	cmpl	$UKL_RIGHTS_NONE, %eax
	jne	ukl_key_bad
	ANNOTATE_RETPOLINE_SAFE
	call	*%rbx
	movq	%rax, %r8
	UKL_KEY_RDPKRU
	UKL_KEY_OPEN
	cmpq	$0, PER_CPU_VAR(ukl_confined)
	je	ukl_key_bad
	movq	PER_CPU_VAR(ukl_confined), %rsp
.Lconfined_done:
	movq	$0, PER_CPU_VAR(ukl_confined)
	popq	%rax
	popq	PER_CPU_VAR(ukl_frame)
	popq	PER_CPU_VAR(pcpu_hot + X86_top_of_stack)
	call	ukl_key_wrpkru
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	movq	%r8, %rax
	RET
SYM_FUNC_END(ukl_confined_run)

/* An entry on an IST stack has found the key closed, and it was no program. On %rsp: a return address, pt_regs. */
SYM_CODE_START(ukl_confined_entry)
	UNWIND_HINT_FUNC
	movq	(%rsp), %rdi
	leaq	8(%rsp), %rsi
	movq	PER_CPU_VAR(ukl_confined), %rsp
	call	ukl_confined_fault
	jmp	ukl_confined_stop
SYM_CODE_END(ukl_confined_entry)

/* Back to who has called the confined function, from wherever. */
SYM_CODE_START(ukl_confined_stop)
	UNWIND_HINT_UNDEFINED
	movq	PER_CPU_VAR(ukl_confined), %rsp
	movq	$-EIO, %r8
	jmp	.Lconfined_done
SYM_CODE_END(ukl_confined_stop)
