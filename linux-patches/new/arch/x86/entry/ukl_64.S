/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry and exit of ring-0 programs (CONFIG_UKL): direct calls, the SYSCALL
 * instruction executed at CPL 0, and the way back.
 *
 * Everything between ukl_entry_begin and ukl_entry_end may run with the kernel's
 * RIP and the program's stack; error_entry treats such a frame as kernel mode
 * and moves it to the thread stack, which is unused at that point. The page
 * below the program's stack pointer may be unmapped, so nothing is pushed
 * before the switch.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/cpufeatures.h>
#include <asm/errno.h>
#include <asm/percpu.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/msr-index.h>
#include <asm/ukl_key.h>
#include <asm/ukl_key_priv.h>
#include <asm/ukl_confine.h>
#include <asm/unwind_hints.h>

#include "calling.h"
#include "ukl.h"

/*
 * Landing pads. The linker script places them in the program's text. A direct
 * call looks to all C code as if the pad had executed the instruction: pt_regs
 * point behind it, so restarting a call (ip -= 2), ptrace and signal frames
 * need no special case. Unwinders of the program pass through them, so they
 * carry its kind of unwind information.
 */
.cfi_sections .eh_frame
.pushsection .ukl_pad, "ax"
	.cfi_startproc
	.globl	ukl_pad
ukl_pad:
	syscall
	.globl	ukl_pad_ret
ukl_pad_ret:
	ret
	.cfi_endproc

	/*
	 * For clone, vfork and sigreturn: the child has no return address on
	 * its new stack, or shares the stack with its parent.
	 */
	.cfi_startproc
	.cfi_def_cfa %rsp, 0
	.cfi_register %rip, %r9
	.globl	ukl_pad_cont
ukl_pad_cont:
	syscall
ukl_pad_cont_jmp:
	jmp	*%r9
	.cfi_endproc
.popsection

/*
 * Begin pt_regs on the thread stack; %r11 holds the program's stack pointer. With TF
 * set, ukl_single_step() lets the #DBs pass until the flags are pushed.
 */
.macro UKL_PUSH_FRAME pad:req
	movq	PER_CPU_VAR(pcpu_hot + X86_top_of_stack), %rsp
	pushq	$__USER_DS			/* pt_regs->ss */
	pushq	%r11				/* pt_regs->sp */
	pushfq					/* pt_regs->flags */
	/* What SYSCALL masks: IF and DF, but also NT, which an iret would trip over. */
	pushq	$X86_EFLAGS_FIXED
	popfq
	movq	(%rsp), %r11			/* as SYSCALL leaves them: r11 flags */
	movq	%rcx, %r10			/* 4th argument */
	movq	$\pad, %rcx			/* rcx return address */
.endm

/* Back to the program without iret. On %rsp: pt_regs; interrupts off. */
.macro UKL_SYSRET
	POP_REGS
	movq	RSP-ORIG_RAX(%rsp), %rsp
	UNWIND_HINT_END_OF_STACK
	/* In sti's shadow: only an NMI can come before the jump is done. */
	sti
	jmp	*%rcx
.endm

/*
 * ukl_syscall's entry for a number, with the kernel's key open and current in %r10. None: a call with pt_regs.
 * Calls come in the order of their numbers.
 */
.macro UKL_TABLE nr:req, entry:req
.pushsection .rodata.ukl_table, "a"
	.org	ukl_table + 8 * \nr
	.quad	\entry
.popsection
.endm

/*
 * One global symbol per system call, named as in syscall_64.tbl, which
 * syscalls/ukltbl.awk turns into lines of the following four macros.
 */

/* pt_regs are complete before the call is looked up, as for SYSCALL. */
.macro UKL_FULL nr:req, name:req
SYM_CODE_START_NOALIGN(ukl_sys_\name)
	UNWIND_HINT_UNDEFINED
	UKL_KEY_STUB "movl $\nr, %eax", .Lkey\@
	jmp	ukl_syscall_full
#ifdef CONFIG_UKL_KEY
.Lkey\@:
	UNWIND_HINT_UNDEFINED
	UKL_KEY_OPEN_CALL 6
	movl	$\nr, %eax
	jmp	ukl_syscall_full
#endif
SYM_CODE_END(ukl_sys_\name)
.endm

.macro UKL_NONE nr:req, name:req
	UKL_FULL \nr, \name
.endm

/*
 * Call the function that SYSCALL_DEFINE made, on the thread stack below pt_regs.
 * Of these, only what a restart, /proc/PID/syscall or perf read while the call is in
 * progress is stored: see ukl_work for the rest. A call that anybody
 * watches (ptrace, seccomp, audit, a tracepoint) is not for here.
 */
.macro UKL_FAST nr:req, name:req, entry:req, args:req
	UKL_TABLE \nr, .Lopen\@
SYM_CODE_START_NOALIGN(ukl_sys_\name)
	UNWIND_HINT_UNDEFINED
.Lstart\@:
	UKL_KEY_STUB __stringify(movq PER_CPU_VAR(pcpu_hot + X86_current_task), %r10), .Lkey\@
.Lopen\@:
	cmpq	$0, TASK_TI_syscall_work(%r10)
	jne	.Lfull\@
	movq	%rsp, %r11
	movq	PER_CPU_VAR(ukl_frame), %rsp
	movq	%r11, RSP(%rsp)
.ifge \args
	movq	$\nr, ORIG_RAX(%rsp)
	movq	$ukl_pad_ret, RIP(%rsp)
.endif
.ifgt \args - 0
	movq	%rdi, RDI(%rsp)
.endif
.ifgt \args - 1
	movq	%rsi, RSI(%rsp)
.endif
.ifgt \args - 2
	movq	%rdx, RDX(%rsp)
.endif
.ifgt \args - 3
	movq	%rcx, R10(%rsp)
.endif
.ifgt \args - 4
	movq	%r8, R8(%rsp)
.endif
.ifgt \args - 5
	movq	%r9, R9(%rsp)
.endif
	/* A program that breaks the ABI, or has executed CLI, shall break no kernel. */
	cld
.ifge \args
	sti
.endif
	call	\entry

	/*
	 * From here to the jump ukl_restart() turns an interrupt back, because it
	 * may have left work. So there is no need to turn interrupts off.
	 */
.Ltail\@:
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %rcx
	testl	$_TIF_UKL_WORK, TASK_TI_flags(%rcx)
	jnz	.Lwork\@
	movq	RSP(%rsp), %rsp
.Lout\@:
	UKL_KEY_OUT

.Lwork\@:
.iflt \args
	movq	$\nr, ORIG_RAX(%rsp)
.endif
	jmp	ukl_work
#ifdef CONFIG_UKL_KEY
.Lkey\@:
	UNWIND_HINT_UNDEFINED
.iflt \args
	UKL_KEY_OPEN_CALL 0
.else
	UKL_KEY_OPEN_CALL \args
.endif
	UKL_RIGHTS_CALL .Lfull\@
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %r10
	jmp	.Lopen\@
#endif
.Lfull\@:
	movl	$\nr, %eax
	jmp	ukl_syscall_full
SYM_CODE_END(ukl_sys_\name)
.pushsection .rodata.ukl_stubs, "a"
	.long	.Lstart\@ - ukl_entry_begin, .Lopen\@ - ukl_entry_begin
	.long	.Ltail\@ - ukl_entry_begin, .Lout\@ - ukl_entry_begin
	.long	.Lfull\@ - ukl_entry_begin
.popsection
.endm

/* Calls that never sleep and are never restarted. */
.macro UKL_LEAF nr:req, name:req, entry:req
	UKL_FAST \nr, \name, \entry, -1
.endm

.pushsection .rodata.ukl_table, "a"
	.balign 8
ukl_table:
.popsection
.pushsection .rodata.ukl_stubs, "a"
	.balign 4
	.globl	ukl_stubs
ukl_stubs:
.popsection

.section .entry.text, "ax"

SYM_INNER_LABEL(ukl_entry_begin, SYM_L_GLOBAL)

#ifdef CONFIG_UKL_KEY
#include "ukl_key_64.S"
#endif
#include <asm/ukl_syscalls_64.h>

.pushsection .rodata.ukl_table, "a"
.set ukl_table_entries, (. - ukl_table) / 8
.popsection
.pushsection .rodata.ukl_stubs, "a"
	.globl	ukl_stubs_end
ukl_stubs_end:
.popsection

/*
 * ukl_syscall(a0, a1, a2, a3, a4, a5), number in %eax: any system call with
 * the C calling convention. Arguments in rdi, rsi, rdx, rcx, r8, r9; returns
 * the result or -errno in rax; clobbers what a C function may.
 */
SYM_CODE_START(ukl_syscall)
	UNWIND_HINT_UNDEFINED
	UKL_KEY_PATH "cmpl $ukl_table_entries, %eax", ukl_key_syscall
	jae	ukl_syscall_full
	movl	%eax, %r11d
	movq	ukl_table(, %r11, 8), %r11
	testq	%r11, %r11
	jz	ukl_syscall_full
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %r10
	jmp	*%r11
SYM_CODE_END(ukl_syscall)

SYM_CODE_START_LOCAL(ukl_syscall_full)
	UNWIND_HINT_UNDEFINED
	movq	%rsp, %r11
	UKL_PUSH_FRAME ukl_pad_ret
	jmp	.Lukl_call
SYM_CODE_END(ukl_syscall_full)

/*
 * ukl_syscall_cont: as above, at most five arguments, and instead of returning
 * through the stack continues at the address in %r9, with %rsp as it was before
 * the call. For clone, clone3, vfork and rt_sigreturn.
 */
SYM_CODE_START(ukl_syscall_cont)
	UNWIND_HINT_UNDEFINED
	UKL_KEY_PATH "leaq 8(%rsp), %r11", ukl_key_syscall_cont
.Lukl_syscall_cont_open:
	UKL_PUSH_FRAME ukl_pad_cont_jmp
.Lukl_call:
	pushq	$__USER_CS			/* pt_regs->cs */
	pushq	%rcx				/* pt_regs->ip */
	pushq	%rax				/* pt_regs->orig_ax */
	PUSH_AND_CLEAR_REGS rax=$-ENOSYS

	movq	%rsp, %rdi
	movslq	%eax, %rsi
	UKL_RIGHTS_SYSCALL			/* returns with interrupts off */
	testb	%al, %al
	UKL_KEY_PATH "jz swapgs_restore_regs_and_return_to_usermode", swapgs_restore_regs_and_return_to_usermode
	UKL_SYSRET
SYM_CODE_END(ukl_syscall_cont)

/*
 * A fast call has returned %rax and there is work to do. Callee-saved registers are
 * the program's, the others are dead.
 */
SYM_CODE_START_LOCAL(ukl_work)
	UNWIND_HINT_UNDEFINED
	testl	$(_TIF_UKL_WORK & ~_TIF_UKL_LIGHT), TASK_TI_flags(%rcx)
	jnz	.Lukl_work_regs

	/* Most often there was a context switch, and that is all. */
	movq	%rax, RAX(%rsp)
	movq	$ukl_pad_ret, RIP(%rsp)
	movq	%rsp, %rdi
	call	ukl_light_work			/* returns with interrupts off if true */
	testb	%al, %al
	movq	RAX(%rsp), %rax
	jz	.Lukl_work_regs
	movq	RSP(%rsp), %rsp
	sti
	UKL_KEY_OUT

.Lukl_work_regs:
	movq	%rax, RAX(%rsp)
	movq	%rbx, RBX(%rsp)
	movq	%rbp, RBP(%rsp)
	movq	%r12, R12(%rsp)
	movq	%r13, R13(%rsp)
	movq	%r14, R14(%rsp)
	movq	%r15, R15(%rsp)
	pushfq
	popq	EFLAGS(%rsp)
	/* See UKL_PUSH_FRAME. */
	pushq	$(X86_EFLAGS_FIXED | X86_EFLAGS_IF)
	popfq
	movq	$ukl_pad_ret, %rsi
	movq	%rsp, %rdi
	call	ukl_exit_work			/* returns with interrupts off */
	testb	%al, %al
	UKL_KEY_PATH "jz swapgs_restore_regs_and_return_to_usermode", swapgs_restore_regs_and_return_to_usermode
	UKL_SYSRET
SYM_CODE_END(ukl_work)

/* The SYSCALL instruction at CPL 0. No swapgs: the GS base is the kernel's. */
SYM_CODE_START(ukl_entry_SYSCALL_64)
	UNWIND_HINT_ENTRY
	ENDBR
	/* tss.sp2 is scratch space. */
	movq	%rsp, PER_CPU_VAR(cpu_tss_rw + TSS_sp2)
	movq	PER_CPU_VAR(pcpu_hot + X86_top_of_stack), %rsp
	pushq	$__USER_DS				/* pt_regs->ss */
	pushq	PER_CPU_VAR(cpu_tss_rw + TSS_sp2)	/* pt_regs->sp */
	pushq	%r11					/* pt_regs->flags */
	pushq	$__USER_CS				/* pt_regs->cs */
	pushq	%rcx					/* pt_regs->ip */
	pushq	%rax					/* pt_regs->orig_ax */
	PUSH_AND_CLEAR_REGS rax=$-ENOSYS

	movq	%rsp, %rdi
	movslq	%eax, %rsi
	call	do_syscall_64
	testb	%al, %al
	UKL_KEY_PATH "jz swapgs_restore_regs_and_return_to_usermode", swapgs_restore_regs_and_return_to_usermode

	/*
	 * As SYSRET would, give all flags back, but keep interrupts off until
	 * the last instruction: an interrupt that finds the kernel's RIP here,
	 * after the work flags were tested, would have its work postponed.
	 */
	pushq	EFLAGS(%rsp)
	andq	$~X86_EFLAGS_IF, (%rsp)
	popfq
	UKL_SYSRET
SYM_CODE_END(ukl_entry_SYSCALL_64)

SYM_INNER_LABEL(ukl_entry_end, SYM_L_GLOBAL)

#include "ukl_idt.S"

#ifdef CONFIG_UKL_KEY
#include "ukl_key_priv.S"
#include "ukl_key_ist.S"
#include "ukl_confine.S"
#ifdef CONFIG_UKL_KEY_RO
#include "ukl_key_ro.S"
#endif
#endif

/* Last step of every full return to a ring-0 program. On %rsp: pt_regs. */
SYM_CODE_START(ukl_return_to_program)
	UNWIND_HINT_REGS
	cmpw	$__USER_CS, CS(%rsp)
	jne	.Lother_selector
.Lselector:
	UKL_KEY_PATH __stringify(movq $__KERNEL_CS, CS(%rsp)), ukl_key_return
	movq	$__KERNEL_DS, SS(%rsp)
	POP_REGS
	addq	$8, %rsp			/* orig_ax */
	UNWIND_HINT_IRET_REGS
	jmp	native_irq_return_iret

	/*
	 * From a signal's frame, or a tracer. For a selector that is no good ring 3 gets #GP at its iretq; one of 32-bit
	 * programs would be ring 3, with the kernel's key open. For any of them the address becomes one that is not canonical.
	 */
.Lother_selector:
	UNWIND_HINT_REGS
	btcq	$62, RIP(%rsp)
	jmp	.Lselector
SYM_CODE_END(ukl_return_to_program)

/*
 * The iret of ukl_return_to_program faulted: pretend, as for ring 3, that the
 * fault came after it. The interrupted stack holds that iret's frame.
 */
SYM_CODE_START(ukl_bad_iret)
	UNWIND_HINT_FUNC
	movq	RSP+8(%rsp), %rax
	movq	$__USER_CS, UKL_FRAME_CS(%rax)
	movq	$__USER_DS, UKL_FRAME_SS(%rax)
	leaq	8(%rsp), %rdi
	call	fixup_bad_iret
	movq	%rax, %rdi
	jmp	sync_regs
SYM_CODE_END(ukl_bad_iret)
