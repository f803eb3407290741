/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Second half of ukl_key_64.S: outside of ukl_entry_begin..end, whose code may be found on the
 * program's stack.
 */

/* DR7 has this bit, whatever is written there (Intel SDM, volume 3, "Debug Control Register"). */
#define UKL_DR7_FIXED	0x400

/* rdpkru(): what the program would read. Returns in eax; clobbers ecx, edx. */
SYM_CODE_START(ukl_key_rdpkru)
	UNWIND_HINT_FUNC
	UKL_KEY_RDPKRU
	andl	$~UKL_KEY_BITS, %eax
	orl	$UKL_KEY_CLOSED, %eax
	ret
SYM_CODE_END(ukl_key_rdpkru)

/*
 * wrpkru(eax), the key stays open. Whoever jumps to the WRPKRU has not written
 * the token before, because that takes the key.
 */
SYM_CODE_START(ukl_key_wrpkru)
	UNWIND_HINT_FUNC
	pushfq
	cli
	andl	$~UKL_KEY_BITS, %eax
	orl	$UKL_KEY_RO_WD, %eax
	movl	%eax, PER_CPU_VAR(ukl_key_token)
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	wrpkru
	cmpl	%eax, PER_CPU_VAR(ukl_key_token)
	jne	ukl_key_bad
	movl	$-1, PER_CPU_VAR(ukl_key_token)
	/* For the end of a fast call, see UKL_RIGHTS_CALL. */
	orl	$UKL_KEY_CLOSED, %eax
	movl	%eax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_PKRU)
	popfq
	ret
SYM_CODE_END(ukl_key_wrpkru)

/*
 * From here to the end nothing of the kernel's runs with interrupts on: see ukl_from_program().
 */
SYM_INNER_LABEL(ukl_key_entries_begin, SYM_L_GLOBAL)

/* The SYSCALL instruction: see ukl_key_raw_syscall(). */
SYM_CODE_START(ukl_key_SYSCALL_64)
	UNWIND_HINT_ENTRY
	ENDBR
	ud2
SYM_CODE_END(ukl_key_SYSCALL_64)

/* Something pretended to be the kernel: close the key, and let the program die of an invalid opcode. */
SYM_CODE_START(ukl_key_bad)
	UNWIND_HINT_UNDEFINED
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$UKL_KEY_NEW, %eax
	wrpkru
	cmpl	$UKL_KEY_NEW, %eax
	jne	ukl_key_bad
	ud2
SYM_CODE_END(ukl_key_bad)

/* Jump to \label if current, which goes to rax, is a ring-0 process or, with \kthread, a thread of the kernel's. */
.macro UKL_KEY_JMP_IF_RING0 label:req, kthread=0
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %rax
	testl	$_TIF_UKL, TASK_TI_flags(%rax)
	jnz	\label
.if \kthread
	testl	$UKL_PF_KTHREAD, TASK_flags(%rax)
	jnz	\label
.endif
.endm

/*
 * An entry from ring 3, whose page tables need no key; the next process's may. Keeps rdi, rsi. A ring-0 process that has made
 * itself ring 3 may not come by. If it has an open key it has called the kernel there, by its genuine entries: what it was
 * about to do, or the thread that it was switched to, cannot go on.
 */
.macro UKL_KEY_FROM_RING3 to:req, open
	UKL_KEY_RDPKRU
	testl	$UKL_KEY_BITS, %eax
.ifb \open
	jz	.Lopen\@
.else
	jz	\open
.endif
	UKL_KEY_OPEN
	UKL_KEY_JMP_IF_RING0 ukl_key_bad
	jmp	\to
.ifb \open
.Lopen\@:
	UKL_KEY_JMP_IF_RING0 ukl_key_violation, 1
	jmp	\to
.endif
.endm

SYM_CODE_START(ukl_key_do_syscall_64)
	UNWIND_HINT_FUNC
	UKL_KEY_FROM_RING3 do_syscall_64
SYM_CODE_END(ukl_key_do_syscall_64)

SYM_CODE_START(ukl_key_sync_regs)
	UNWIND_HINT_FUNC
	UKL_KEY_FROM_RING3 sync_regs
SYM_CODE_END(ukl_key_sync_regs)

SYM_CODE_START(ukl_key_exc_nmi)
	UNWIND_HINT_FUNC
	/* With an open key from a program, too: ukl_key_nmi. */
	UKL_KEY_FROM_RING3 exc_nmi, exc_nmi
SYM_CODE_END(ukl_key_exc_nmi)

/* An NMI from ring 3, before it uses the thread stack: the same for an open key. Keeps all registers but rdx. */
SYM_CODE_START(ukl_key_nmi_ring3)
	UNWIND_HINT_FUNC
	pushq	%rax
	pushq	%rcx
	UKL_KEY_RDPKRU
	testl	$UKL_KEY_BITS, %eax
	jnz	1f
	UKL_KEY_JMP_IF_RING0 ukl_key_violation, 1
1:	popq	%rcx
	popq	%rax
	ret
SYM_CODE_END(ukl_key_nmi_ring3)

/*
 * On an IST stack: a jump to the WRPKRU brings flags that no interrupt leaves. With DF set C code copies downwards, NT makes
 * iretq fault.
 */
.macro UKL_KEY_CHECK_FLAGS bad=ukl_key_bad
	pushfq
	testl	$(X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_NT), (%rsp)
	jnz	\bad
	addq	$8, %rsp
.endm

/*
 * \reg, a return address in this section's text that was on a stack which a program can write: is it behind a call of
 * \function? Whoever put another there would have what follows run without what the caller does. Clobbers rcx, flags.
 */
.macro UKL_KEY_CHECK_CALLER reg:req, first:req, end:req, function:req, bad=ukl_key_bad
	cmpq	$\first + 5, \reg
	jb	\bad
	cmpq	$\end, \reg
	jae	\bad
	cmpb	$0xe8, -5(\reg)
	jne	\bad
	movslq	-4(\reg), %rcx
	addq	\reg, %rcx
	cmpq	$\function, %rcx
	jne	\bad
.endm

/*
 * error_entry at CPL 0: pt_regs and above them a return address are on an IST stack, all registers are
 * free. With the key closed it was the program, and nothing else can follow.
 */
SYM_CODE_START(ukl_key_kernelspace)
	UNWIND_HINT_FUNC
	UKL_KEY_RDPKRU
	testl	$UKL_KEY_BITS, %eax
	jnz	.Lclosed
	leaq	native_irq_return_iret(%rip), %rcx
	jmp	ukl_key_kernelspace_open

.Lclosed:
	UKL_KEY_CHECK_PRIV
	UKL_KEY_OPEN
	UKL_KEY_CHECK_OPEN
	UKL_KEY_CHECK_STACK ukl_ist_shared, SS + 2*8, .Lgenuine
	UKL_KEY_CHECK_STACK ukl_ist_db, SS + 2*8, .Lgenuine
	UKL_KEY_CHECK_STACK ukl_ist_mce, SS + 2*8, .Lgenuine
	UKL_KEY_CHECK_STACK ukl_ist_df, SS + 2*8, .Lgenuine
	jmp	ukl_key_bad
.Lgenuine:
	UKL_KEY_CHECK_FLAGS
	cmpq	$0, PER_CPU_VAR(ukl_confined)
	jne	ukl_confined_entry
	/* From here on the IST stack, which others can write, is only copied from. */
	movq	(%rsp), %r12
	UKL_KEY_CHECK_CALLER %r12, __irqentry_text_start, __irqentry_text_end, error_entry
	leaq	8(%rsp), %rdi
	movq	PER_CPU_VAR(pcpu_hot + X86_top_of_stack), %rsp
	subq	$(SS + 8), %rsp
	call	ukl_key_from_program
	jmp	*%r12				/* goes on with rsp = rax */
SYM_CODE_END(ukl_key_kernelspace)

/* The MSR ecx, a base of GS: has it this CPU's per-CPU data? Flags say; the CPU's number is the GDT's. Clobbers rax, rcx, rdx. */
.macro UKL_KEY_READ_BASE
	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	movl	$__CPUNODE_SEG, %ecx
	lsl	%ecx, %ecx
	andl	$VDSO_CPUNODE_MASK, %ecx
	cmpq	__per_cpu_offset(, %rcx, 8), %rax
.endm
.macro UKL_KEY_READ_GS
	movl	$MSR_GS_BASE, %ecx
	UKL_KEY_READ_BASE
.endm

/* Jump to \label if r12, where the CPU was interrupted, is in entry code but that of direct calls. */
.macro UKL_KEY_JMP_IF_ENTRY label:req
	cmpq	$__entry_text_start, %r12
	jb	.Lno_entry\@
	cmpq	$__entry_text_end, %r12
	jae	.Lno_entry\@
	cmpq	$ukl_entry_begin, %r12
	jb	\label
	cmpq	$ukl_entry_end, %r12
	jae	\label
.Lno_entry\@:
.endm

/*
 * paranoid_entry with the key closed: the kernel before it has opened the key, in an entry from ring 3, or the
 * program, anywhere in the kernel's text. The handler runs on the IST stack, and the exit closes the key again
 * (r14), whoever it was. The return address is on the stack.
 */
SYM_CODE_START(ukl_key_paranoid)
	UNWIND_HINT_FUNC
	UKL_KEY_RDPKRU
	movl	%eax, %r14d
	testl	$UKL_KEY_BITS, %eax
	jnz	.Lparanoid_closed
	/* There, and in the WRMSR that it calls, the GS base may still be the program's. */
	movq	RIP + 8(%rsp), %rcx
	subq	$ukl_key_violation, %rcx
	cmpq	$.Lviolation_end - ukl_key_violation, %rcx
	jb	ukl_key_violation
	cmpl	$0, ukl_key_violating(%rip)
	jne	.Lparanoid_violating
.Lparanoid_open:
	movl	$MSR_GS_BASE, %ecx
	jmp	ukl_key_paranoid_open

.Lparanoid_violating:
	UKL_KEY_READ_GS
	jne	ukl_key_violation
	jmp	.Lparanoid_open

.Lparanoid_closed:
	UKL_KEY_CHECK_PRIV
	movq	RIP + 8(%rsp), %r12
	UKL_KEY_OPEN
	UKL_KEY_CHECK_OPEN .Lparanoid_bad
	andl	$~UKL_KEY_BITS, %r14d
	orl	$UKL_KEY_CLOSED, %r14d
	/* GS may be a ring-3 process's. */
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	movl	%edx, %r15d
	testl	%edx, %edx
	js	1f
	swapgs
1:
	/*
	 * What has been interrupted may be the entry that would find that the program has executed a privileged instruction
	 * (UKL_KEY_CHECK_PRIV). So neither base is believed in, and nothing that fails leads away from that entry.
	 */
	UKL_KEY_READ_GS
	jne	ukl_key_violation
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %rcx
	testl	$_TIF_UKL, TASK_TI_flags(%rcx)
	jz	1f
	movl	$MSR_KERNEL_GS_BASE, %ecx
	UKL_KEY_READ_BASE
	je	1f
	/* A null one, which a load of GS leaves, finds no memory. */
	testq	%rax, %rax
	jnz	ukl_key_violation
1:
	UKL_KEY_CHECK_STACK ukl_ist_db, SS + 2*8, .Lparanoid_db
	UKL_KEY_CHECK_STACK ukl_ist_mce, SS + 2*8, .Lparanoid_genuine
	UKL_KEY_CHECK_STACK ukl_ist_df, SS + 2*8, .Lparanoid_genuine
	/*
	 * Another NMI uses this stack from its top, unless it sees that one is being handled: asm_exc_nmi has left three frames,
	 * rdx and "NMI executing" above ours.
	 */
	movq	%rsp, %rax
	subq	PER_CPU_VAR(ukl_ist_nmi), %rax
	cmpq	$(EXCEPTION_STKSZ - UKL_IST_RESERVE - 12*8 - (SS + 2*8)), %rax
	jne	.Lparanoid_bad
	cmpq	$1, (SS + 2*8 + 5*8)(%rsp)
	jne	.Lparanoid_bad
	jmp	.Lparanoid_genuine
.Lparanoid_db:
	/* A breakpoint of the program's, as the kernel sets none there and every entry clears TF. Of ring 3 it is MOV to SS's delay. */
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %rcx
	testl	$_TIF_UKL, TASK_TI_flags(%rcx)
	jz	.Lparanoid_genuine
	UKL_KEY_JMP_IF_ENTRY ukl_key_violation
.Lparanoid_genuine:
	UKL_KEY_CHECK_FLAGS .Lparanoid_bad
	testb	$3, CS + 8(%rsp)
	jnz	.Lparanoid_bad
	/*
	 * A breakpoint that a program has set, by a MOV to DR of the kernel's: a #DB in the middle of the handler
	 * would overwrite its stack. DR7 is what the kernel wants it to be, or has none on.
	 */
	movq	%db7, %rax
	testb	$0xff, %al
	jz	2f
	movq	PER_CPU_VAR(cpu_dr7), %rcx
	orq	$UKL_DR7_FIXED, %rcx
	cmpq	%rcx, %rax
	jne	.Lparanoid_bad
2:	testl	%r15d, %r15d
	js	1f
	swapgs
1:	popq	%rax
	UKL_KEY_CHECK_CALLER %rax, __entry_text_start, __entry_text_end, paranoid_entry, .Lparanoid_bad
	pushq	%rax
	movl	$MSR_GS_BASE, %ecx
	jmp	ukl_key_paranoid_open

.Lparanoid_bad:
	UKL_KEY_JMP_IF_ENTRY ukl_key_violation
	jmp	ukl_key_bad
SYM_CODE_END(ukl_key_paranoid)

/* The way back from there: on %rsp pt_regs. */
SYM_CODE_START(ukl_key_paranoid_exit)
	UNWIND_HINT_FUNC
	testl	$UKL_KEY_BITS, %r14d
	jz	1f
	movl	%r14d, %eax
	/* Whoever jumped to the WRPKRU chose r14. */
	ALTERNATIVE "", "movl %r14d, %edi; leaq 8(%rsp), %rsi; call ukl_rights_now", X86_FEATURE_UKL_RIGHTS
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	UKL_KEY_CLOSE
1:	ret
SYM_CODE_END(ukl_key_paranoid_exit)

/* An NMI found a low RIP: the program, if the key is closed. On %rsp: rdx, the frame. */
SYM_CODE_START(ukl_key_nmi)
	UNWIND_HINT_UNDEFINED
	/* Where the next one looks for "NMI executing": not in the program's rax. */
	pushq	$0
	pushq	%rax
	pushq	%rcx
	UKL_KEY_RDPKRU
	testl	$UKL_KEY_BITS, %eax
	jnz	.Lnmi_closed
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	jmp	ukl_key_nmi_open

.Lnmi_closed:
	UKL_KEY_OPEN
	UKL_KEY_CHECK_OPEN
	UKL_KEY_CHECK_STACK ukl_ist_nmi, 9*8, .Lnmi_genuine
	jmp	ukl_key_bad
.Lnmi_genuine:
	UKL_KEY_CHECK_FLAGS
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	jmp	ukl_key_nmi_program
SYM_CODE_END(ukl_key_nmi)

/* ukl_return_to_program. On %rsp: pt_regs; interrupts off. */
SYM_CODE_START_LOCAL(ukl_key_return)
	UNWIND_HINT_REGS
	ALTERNATIVE "", "movq %rsp, %rdi; call ukl_rights_exit", X86_FEATURE_UKL_RIGHTS
	movq	RDX(%rsp), %rax
	movq	%rax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_DX)
	movq	RCX(%rsp), %rax
	movq	%rax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_CX)
	movq	RAX(%rsp), %rax
	movq	%rax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_AX)
	movq	RIP(%rsp), %rax
	movq	%rax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_IP)
	movq	$__KERNEL_CS, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_CS)
	movq	EFLAGS(%rsp), %rax
	movq	%rax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_FLAGS)
	movq	RSP(%rsp), %rax
	movq	%rax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_SP)
	movq	$__KERNEL_DS, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_SS)
	POP_REGS
	movq	PER_CPU_VAR(ukl_exit_ro), %rsp
	UNWIND_HINT_END_OF_STACK
	UKL_KEY_RDPKRU
	UKL_KEY_CLOSE
	popq	%rdx
	popq	%rcx
	popq	%rax
SYM_INNER_LABEL(ukl_key_iret, SYM_L_GLOBAL)
	iretq
SYM_CODE_END(ukl_key_return)
SYM_INNER_LABEL(ukl_key_entries_end, SYM_L_GLOBAL)

.irp table, ukl_xrstors, ukl_key_jumps, ukl_key_skips, ukl_key_outs
.pushsection .init.rodata.\table, "a"
	.globl	\table\()_end
\table\()_end:
.popsection
.endr
