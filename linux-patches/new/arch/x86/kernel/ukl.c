// SPDX-License-Identifier: GPL-2.0
/*
 * Ring-0 processes (CONFIG_UKL): the C half of arch/x86/entry/ukl_64.S.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include <asm/cpu_entry_area.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/proto.h>
#include <asm/ptrace.h>
#include <asm/stacktrace.h>
#include <asm/thread_info.h>
#include <asm/traps.h>
#include <asm/ukl.h>

/* int3_emulate_push() writes below the interrupted stack pointer. */
#define UKL_INT3_GAP	(6 * sizeof(long))

/* "jmp *%rcx" */
#define UKL_JMP_RCX	0xe1ff

extern const char ukl_entry_begin[], ukl_entry_end[];
void ukl_entry_SYSCALL_64(void);

asmlinkage __visible struct pt_regs *ukl_sync_regs(struct pt_regs *eregs);

/* Which SYSCALL entry this CPU's MSR_LSTAR holds. */
static DEFINE_PER_CPU(bool, ukl_lstar);

void __init ukl_early_setup(void)
{
	ukl_tcg_setup();

	/* Ring 0 executes and accesses the program's pages all the time. */
	setup_clear_cpu_cap(X86_FEATURE_SMEP);
	setup_clear_cpu_cap(X86_FEATURE_SMAP);
	/*
	 * The kernel's GS base stays loaded while the program runs: make
	 * WRGSBASE an invalid opcode.
	 */
	setup_clear_cpu_cap(X86_FEATURE_FSGSBASE);
}

void __init ukl_idt_setup_ist(gate_desc *idt)
{
	int i;

	/*
	 * The CPU does not switch stacks from ring 0 to ring 0. Without a
	 * stack of their own the frames would go to the program's, whose next
	 * page may be missing or closed by a protection key: a double fault.
	 */
	for (i = 0; i < IDT_ENTRIES; i++)
		if (idt[i].bits.p && !idt[i].bits.ist)
			idt[i].bits.ist = IST_INDEX_UKL + 1;
}

void ukl_syscall_init(void)
{
	__this_cpu_write(ukl_lstar, false);
}

void ukl_switch_to(struct task_struct *next)
{
	bool ukl = test_tsk_thread_flag(next, TIF_UKL);

	/* Kernel threads execute no SYSCALL: leave the MSR alone for them. */
	if ((next->flags & PF_KTHREAD) || ukl == __this_cpu_read(ukl_lstar))
		return;
	__this_cpu_write(ukl_lstar, ukl);
	wrmsrl(MSR_LSTAR, (unsigned long)(ukl ? ukl_entry_SYSCALL_64 : entry_SYSCALL_64));
}

void ukl_set_personality(u32 e_flags)
{
	preempt_disable();
	if (e_flags == EF_X86_64_UKL)
		set_thread_flag(TIF_UKL);
	else
		clear_thread_flag(TIF_UKL);
	ukl_switch_to(current);
	preempt_enable();
}

noinstr bool ukl_single_step(struct pt_regs *regs)
{
	unsigned long pushed = current_top_of_stack() - regs->sp;

	if (regs->ip - (unsigned long)ukl_entry_begin >= ukl_entry_end - ukl_entry_begin)
		return false;
	/* Step on until ss, sp and flags, with TF, are in pt_regs: the exit then re-arms. */
	if (pushed >= 3 * sizeof(long) && pushed <= THREAD_SIZE)
		regs->flags &= ~X86_EFLAGS_TF;
	return true;
}

noinstr unsigned long ukl_ist_enter(struct pt_regs *regs)
{
	unsigned long top = __this_cpu_ist_top_va(UKL);
	unsigned long ist = this_cpu_read(cpu_tss_rw.x86_tss.ist[IST_INDEX_UKL]);

	if (regs->sp <= top && regs->sp > top - EXCEPTION_STKSZ)
		this_cpu_write(cpu_tss_rw.x86_tss.ist[IST_INDEX_UKL], regs->sp & ~0xfUL);
	return ist;
}

noinstr void ukl_ist_exit(unsigned long ist)
{
	this_cpu_write(cpu_tss_rw.x86_tss.ist[IST_INDEX_UKL], ist);
}

/* Is @sp on a stack that kernel code of the current task, or its interrupts, use? */
static __always_inline bool ukl_on_kernel_stack(unsigned long sp)
{
	unsigned long irq = (unsigned long)__this_cpu_read(pcpu_hot.hardirq_stack_ptr);

	/* The guard page too: a kernel stack that overflowed is the kernel's bug. */
	return current_top_of_stack() - sp <= THREAD_SIZE + PAGE_SIZE ||
	       irq + sizeof(long) - sp <= IRQ_STACK_SIZE + PAGE_SIZE ||
	       sp - CPU_ENTRY_AREA_BASE <= CPU_ENTRY_AREA_MAP_SIZE;
}

/*
 * Whose is a frame with RPL 0? The kernel's half of the address space by RIP is not
 * enough either way: the kernel may call a null pointer, which must end in an oops, and a
 * program may jump anywhere, which must end in a signal for it alone.
 */
static __always_inline bool ukl_from_program(struct pt_regs *regs)
{
	if (!test_thread_flag(TIF_UKL) || ukl_on_kernel_stack(regs->sp))
		return false;

	if (regs->ip - (unsigned long)ukl_entry_begin >= ukl_entry_end - ukl_entry_begin)
		return true;

	/*
	 * A direct call before its stack switch is kernel mode. On the way back,
	 * "sti; jmp *%rcx" is interrupted only if an NMI undid sti's shadow: finish the
	 * jump, because pending work was tested for before.
	 */
	if (*(u16 *)regs->ip != UKL_JMP_RCX)
		return false;
	regs->ip = regs->cx;
	return true;
}

/*
 * Kernel mode was interrupted: move the frame from the shared IST stack to where
 * the CPU would have pushed it without one.
 */
static __always_inline struct pt_regs *ukl_leave_ist(struct pt_regs *eregs)
{
	unsigned long top = __this_cpu_ist_top_va(UKL);
	unsigned long stack = current_top_of_stack();
	unsigned long sp = eregs->sp;
	struct pt_regs *regs;

	if ((unsigned long)(eregs + 1) > top || (unsigned long)eregs < top - EXCEPTION_STKSZ)
		return eregs;

	/* A direct call before its stack switch: the thread stack is unused. */
	if (test_thread_flag(TIF_UKL) && !ukl_on_kernel_stack(sp))
		sp = stack;

	regs = (struct pt_regs *)((sp & ~0xfUL) - UKL_INT3_GAP) - 1;

	/*
	 * A fault in the entry code itself, or a thread stack that overflowed:
	 * there is no room over there. The handler ends in an oops anyway.
	 */
	if (sp <= top && sp > top - EXCEPTION_STKSZ)
		return eregs;
	if (stack - sp <= THREAD_SIZE + PAGE_SIZE && (unsigned long)regs < stack - THREAD_SIZE)
		return eregs;

	*regs = *eregs;
	return regs;
}

/* error_entry at CPL 0. Returns the frame, and with it the stack, to go on with. */
asmlinkage __visible noinstr struct pt_regs *ukl_sync_regs(struct pt_regs *eregs)
{
	if (!ukl_from_program(eregs))
		return ukl_leave_ist(eregs);
	eregs->cs = __USER_CS;
	eregs->ss = __USER_DS;
	return sync_regs(eregs);
}
