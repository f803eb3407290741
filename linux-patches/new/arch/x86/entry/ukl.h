/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry code of ring-0 programs: whose frame is it? Included after calling.h.
 */
#ifdef CONFIG_UKL

#include <asm/asm-offsets.h>
#include <asm/page_types.h>
#include <asm/percpu.h>
#include <asm/segment.h>
#include <asm/thread_info.h>

/* Offsets into the hardware frame, from its RIP. */
#define UKL_FRAME_CS		8
#define UKL_FRAME_SP		24
#define UKL_FRAME_SS		32

/* What a fast call does not return with: all of EXIT_TO_USER_MODE_WORK and arch_exit_work(). */
#define _TIF_UKL_WORK	(_TIF_SIGPENDING | _TIF_NOTIFY_RESUME | _TIF_UPROBE |		\
			 _TIF_NEED_RESCHED | _TIF_PATCH_PENDING | _TIF_NOTIFY_SIGNAL |	\
			 _TIF_USER_RETURN_NOTIFY | _TIF_IO_BITMAP | _TIF_NEED_FPU_LOAD)

/* Of these, what needs no more of pt_regs than every fast call stores. */
#define _TIF_UKL_LIGHT	(_TIF_NOTIFY_RESUME | _TIF_NEED_RESCHED | _TIF_NEED_FPU_LOAD)

#ifdef __ASSEMBLY__

/*
 * The frame whose RIP is at \frame(%rsp) now came from a user process for all
 * code that follows.
 */
.macro UKL_SET_USER_FRAME frame:req
	movq	$__USER_CS, \frame + UKL_FRAME_CS(%rsp)
	movq	$__USER_DS, \frame + UKL_FRAME_SS(%rsp)
.endm

/*
 * Jump to \label if a CPL 0 frame belongs to a ring-0 program. Usable from
 * paranoid entries, where the GS base may still be a ring-3 process's: %gs is
 * read only once RIP is known to be below the kernel image, which the kernel
 * never executes with a user's GS base.
 *
 * RIP below the image alone is not enough: a kernel function called through a
 * null pointer also has that, but on the thread stack. It must end in an oops.
 */
.macro UKL_JMP_IF_PROGRAM frame:req, scratch:req, label:req
	cmpq	$__START_KERNEL_map, \frame(%rsp)
	jae	.Lukl_kernel_\@
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), \scratch
	testl	$_TIF_UKL, TASK_TI_flags(\scratch)
	jz	.Lukl_kernel_\@
	movq	PER_CPU_VAR(pcpu_hot + X86_top_of_stack), \scratch
	subq	\frame + UKL_FRAME_SP(%rsp), \scratch
	cmpq	$THREAD_SIZE, \scratch
	ja	\label
.Lukl_kernel_\@:
.endm

/* Leave for ring 0 if the pt_regs at %rsp are a ring-0 program's. */
.macro UKL_RETURN_TO_PROGRAM
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %rdi
	testl	$_TIF_UKL, TASK_TI_flags(%rdi)
	jnz	ukl_return_to_program
.endm

#endif /* __ASSEMBLY__ */

#else /* !CONFIG_UKL */

.macro UKL_JMP_IF_PROGRAM frame:req, scratch:req, label:req
.endm
.macro UKL_RETURN_TO_PROGRAM
.endm

#endif /* CONFIG_UKL */

#ifdef __ASSEMBLY__
#ifdef CONFIG_UKL_KEY

#include <asm/ukl_key.h>

/* \insn, of five bytes or more, or with the kernel's key a jump to \label */
.macro UKL_KEY_PATH insn:req, label:req
	ALTERNATIVE "\insn", "jmp \label", X86_FEATURE_UKL_KEY
.endm

/* A full call */
.macro UKL_RIGHTS_SYSCALL
	ALTERNATIVE "call do_syscall_64", "call ukl_key_rights_syscall", X86_FEATURE_UKL_RIGHTS
.endm

/*
 * Each system call has the following three. As alternatives, which the kernel decodes, they took more time at boot than
 * all else that the key does; ukl_key_patch() takes them from tables.
 */

/* An entry of \table: a jump from \from to \to, instead of all up to \end */
.macro UKL_KEY_JUMP table:req, from:req, to:req, end:req
.pushsection .init.rodata.\table, "a"
	.long	\from - .
	.long	\to - .
	.long	\end - \from
.popsection
.endm

/* The first instruction of a direct call */
.macro UKL_KEY_STUB insn:req, label:req
.Lstub_\@:
	\insn
.Lstub_end_\@:
	UKL_KEY_JUMP ukl_key_jumps, .Lstub_\@, \label, .Lstub_end_\@
.endm

/* The end of a fast call */
.macro UKL_KEY_OUT
.Lout_\@:
	jmp	ukl_pad_ret
.pushsection .init.rodata.ukl_key_outs, "a"
	.long	.Lout_\@ - .
.popsection
.endm

/* A function of C that the entry from ring 3 calls, with the key opened before */
.macro UKL_KEY_CALL function:req
	ALTERNATIVE "call \function", "call ukl_key_\function", X86_FEATURE_UKL_KEY
.endm

/* #DB or #MC, rax is pushed: jump to \label if RIP is low and the key closed. */
.macro UKL_KEY_JMP_IF_CLOSED label:req
	cmpq	$__START_KERNEL_map, 2*8(%rsp)
	jae	.Lukl_open_\@
	ALTERNATIVE "jmp .Lukl_open_\@", "", X86_FEATURE_UKL_KEY
	pushq	%rcx
	pushq	%rdx
	xorl	%ecx, %ecx
	rdpkru
	testl	$UKL_KEY_BITS, %eax
	popq	%rdx
	popq	%rcx
	jnz	\label
.Lukl_open_\@:
.endm

/* The same for an NMI, which has pushed rdx and may not be nested if it pushes more. */
.macro UKL_KEY_NMI
	cmpq	$__START_KERNEL_map, 8(%rsp)
	jae	.Lukl_kernel_\@
	ALTERNATIVE "", "jmp ukl_key_nmi", X86_FEATURE_UKL_KEY
SYM_INNER_LABEL(ukl_key_nmi_open, SYM_L_GLOBAL)
.Lukl_kernel_\@:
.endm

/* An NMI from ring 3; rdx is free. */
.macro UKL_KEY_NMI_RING3
	ALTERNATIVE "", "call ukl_key_nmi_ring3", X86_FEATURE_UKL_KEY
.endm

/* End of a paranoid exit, on the IST stack; rbx is in use. */
.macro UKL_KEY_PARANOID_EXIT
	ALTERNATIVE "", "call ukl_key_paranoid_exit", X86_FEATURE_UKL_KEY
.endm

#else /* !CONFIG_UKL_KEY */

.macro UKL_KEY_PATH insn:req, label:req
	\insn
.endm
.macro UKL_KEY_STUB insn:req, label:req
	\insn
.endm
.macro UKL_RIGHTS_SYSCALL
	call	do_syscall_64
.endm
.macro UKL_KEY_OUT
	jmp	ukl_pad_ret
.endm
.macro UKL_KEY_CALL function:req
	call	\function
.endm
.macro UKL_KEY_JMP_IF_CLOSED label:req
.endm
.macro UKL_KEY_NMI
.endm
.macro UKL_KEY_NMI_RING3
.endm
.macro UKL_KEY_PARANOID_EXIT
.endm

#endif /* CONFIG_UKL_KEY */
#endif /* __ASSEMBLY__ */
