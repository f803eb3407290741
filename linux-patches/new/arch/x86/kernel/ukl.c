// SPDX-License-Identifier: GPL-2.0
/*
 * Ring-0 processes (CONFIG_UKL): the C half of arch/x86/entry/ukl_64.S.
 */
#include <linux/elf.h>
#include <linux/entry-common.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/resume_user_mode.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>

#include <asm/cpu_entry_area.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/proto.h>
#include <asm/ptrace.h>
#include <asm/stacktrace.h>
#include <asm/thread_info.h>
#include <asm/traps.h>
#include <asm/ukl.h>
#include <asm/ukl_confine.h>
#include <asm/ukl_key.h>
#include <asm/ukl_key_priv.h>

#include "../entry/ukl.h"

/* int3_emulate_push() writes below the interrupted stack pointer. */
#define UKL_INT3_GAP	(6 * sizeof(long))

/* "jmp *%rcx" and "jmp rel32": the last instructions on the way to a program */
#define UKL_JMP_RCX	0xe1ff
#define UKL_JMP		0xe9
#define UKL_JMP_SIZE	5

static_assert(!(EXIT_TO_USER_MODE_WORK & ~_TIF_UKL_WORK));

/* The parts of a fast call, as offsets from ukl_entry_begin. */
struct ukl_stub {
	u32 start;
	u32 open;	/* the same, with the kernel's key open */
	u32 tail;	/* the function has returned; until out nothing is lost by going back here */
	u32 out;	/* on the program's stack */
	u32 full;	/* the same call with pt_regs */
};

extern const struct ukl_stub ukl_stubs[], ukl_stubs_end[];
extern const char ukl_entry_begin[], ukl_entry_end[], ukl_pad_ret[];
extern const char ukl_key_entries_begin[], ukl_key_entries_end[];
extern const char ukl_key_out[], ukl_rights_out[], ukl_key_out_end[];
void ukl_entry_SYSCALL_64(void);
void ukl_key_SYSCALL_64(void);

asmlinkage __visible struct pt_regs *ukl_sync_regs(struct pt_regs *eregs);
asmlinkage __visible bool ukl_light_work(struct pt_regs *regs);
asmlinkage __visible bool ukl_exit_work(struct pt_regs *regs, unsigned long pad);

/* Which SYSCALL entry this CPU's MSR_LSTAR holds. */
static DEFINE_PER_CPU(bool, ukl_lstar);

/* task_pt_regs(current), for the stubs in ukl_64.S. */
DEFINE_PER_CPU(struct pt_regs *, ukl_frame);

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

void ukl_syscall_init(void)
{
	__this_cpu_write(ukl_lstar, false);
}

void ukl_switch_to(struct task_struct *next)
{
	bool ukl = test_tsk_thread_flag(next, TIF_UKL);

	if (ukl) {
		__this_cpu_write(ukl_frame, task_pt_regs(next));
		if (ukl_key_on() && !ukl_key_has_switched(next))
			ukl_key_switch_to(next, true);
	} else if (ukl_key_on()) {
		ukl_key_switch_to(next, false);
	}
	/* A fast call brings the program's flags along. NT is not for another task's iret. */
	if (__this_cpu_read(ukl_lstar))
		asm volatile("pushq %0; popfq" : : "i" (X86_EFLAGS_FIXED) : "memory", "cc");

	/* Kernel threads execute no SYSCALL: leave the MSR alone for them. */
	if ((next->flags & PF_KTHREAD) || ukl == __this_cpu_read(ukl_lstar))
		return;
	__this_cpu_write(ukl_lstar, ukl);
	wrmsrl(MSR_LSTAR, (unsigned long)(!ukl ? entry_SYSCALL_64 :
		ukl_key_on() ? ukl_key_SYSCALL_64 : ukl_entry_SYSCALL_64));
}

/*
 * Which kernel this is, as e_ident[8..15] of its programs has it. The value is from the image's
 * linker script; 0 if the kernel was linked otherwise.
 */
asm(".pushsection .rodata, \"a\"\n"
    ".balign 8\n"
    "ukl_kernel_id: .quad ukl_k_kernel_id\n"
    ".weak ukl_k_kernel_id\n"
    ".popsection");
extern const u64 ukl_kernel_id;

bool ukl_check_kernel(u32 e_flags, const unsigned char *e_ident)
{
	u64 id;

	if (e_flags != EF_X86_64_UKL)
		return true;
	memcpy(&id, e_ident + EI_OSABI + 1, sizeof(id));
	if (id == ukl_kernel_id || !ukl_kernel_id)
		return true;
	pr_warn_ratelimited("ukl: not executed by %s[%d]: a program linked with kernel %014llx, this is kernel %014llx\n",
			    current->comm, task_pid_nr(current), id >> 8, ukl_kernel_id >> 8);
	return false;
}

void ukl_set_personality(u32 e_flags)
{
	unsigned long flags;

	/* Flushes other CPUs' TLBs, which interrupts have to be on for. */
	if (e_flags == EF_X86_64_UKL)
		ukl_key_exec(current->mm);
	/* As at a context switch, which loads the flags anew; here they have to come back. */
	local_irq_save(flags);
	if (e_flags == EF_X86_64_UKL)
		set_thread_flag(TIF_UKL);
	else
		clear_thread_flag(TIF_UKL);
	ukl_switch_to(current);
	local_irq_restore(flags);
}

/* Is @ip in the stubs of ukl_64.S? */
static __always_inline bool ukl_in_entry(unsigned long ip)
{
	return ip - (unsigned long)ukl_entry_begin < ukl_entry_end - ukl_entry_begin;
}

/* Is @ip in the entries with the kernel's key that always have interrupts off? */
static __always_inline bool ukl_key_in_entry(unsigned long ip)
{
	return IS_ENABLED(CONFIG_UKL_KEY) && ip - (unsigned long)ukl_key_entries_begin <
					     ukl_key_entries_end - ukl_key_entries_begin;
}

/* The fast call that @at, an offset from ukl_entry_begin, is in, or NULL. */
static __always_inline const struct ukl_stub *ukl_find_stub(unsigned long at)
{
	const struct ukl_stub *stub;

	for (stub = ukl_stubs; stub < ukl_stubs_end; stub++)
		if (at >= stub->start && at <= stub->full)
			return stub;
	return NULL;
}

/* What entry code pushes below pt_regs at most, and more */
#define UKL_ENTRY_STACK		512

/* Is the stack pointer of @regs, of CPL 0, on a stack that kernel code of the current task, or its interrupts, use? */
static __always_inline bool ukl_on_kernel_stack(const struct pt_regs *regs)
{
	unsigned long irq = (unsigned long)__this_cpu_read(pcpu_hot.hardirq_stack_ptr);
	unsigned long sp = regs->sp;

	/* A program can have it anywhere when it makes a call, until entry code has begun pt_regs. */
	if (ukl_in_entry(regs->ip))
		return current_top_of_stack() - sp <= sizeof(struct pt_regs) + UKL_ENTRY_STACK;
	/*
	 * The guard page too: a kernel stack that overflowed is the kernel's bug. In the entry area the kernel never has interrupts
	 * on, as the next one would use the same stack.
	 */
	return current_top_of_stack() - sp <= THREAD_SIZE + PAGE_SIZE ||
	       (irq + sizeof(long) - sp <= IRQ_STACK_SIZE + PAGE_SIZE && __this_cpu_read(pcpu_hot.hardirq_stack_inuse)) ||
	       (sp - CPU_ENTRY_AREA_BASE <= CPU_ENTRY_AREA_MAP_SIZE && !(regs->flags & X86_EFLAGS_IF));
}

noinstr bool ukl_single_step(struct pt_regs *regs)
{
	unsigned long pushed = current_top_of_stack() - regs->sp;
	unsigned long at = regs->ip - (unsigned long)ukl_entry_begin;
	const struct ukl_stub *stub;

	if (!ukl_in_entry(regs->ip)) {
		/* A program has jumped into the kernel's text with TF, or to a POPF in it. Else only these step there. */
		if (!test_thread_flag(TIF_UKL) ||
		    ((IS_ENABLED(CONFIG_KPROBES) || IS_ENABLED(CONFIG_KGDB)) && ukl_on_kernel_stack(regs)))
			return false;
		regs->flags &= ~X86_EFLAGS_TF;
		return true;
	}
	/* A fast call saves no flags: make it a full one. */
	stub = ukl_find_stub(at);
	if (stub && at == stub->open)
		regs->ip += stub->full - at;
	/* Step on until ss, sp and flags, with TF, are in pt_regs: the exit then re-arms. */
	if (pushed >= 3 * sizeof(long) && pushed <= THREAD_SIZE)
		regs->flags &= ~X86_EFLAGS_TF;
	return true;
}

noinstr unsigned long ukl_ist_enter(struct pt_regs *regs)
{
	unsigned long top = __this_cpu_ist_top_va(UKL);
	unsigned long ist = this_cpu_read(cpu_tss_rw.x86_tss.ist[IST_INDEX_UKL]);

	/* Of a forged frame it can be any; a genuine one leaves room. */
	if (regs->sp <= top && regs->sp > top - EXCEPTION_STKSZ + UKL_IST_RESERVE)
		this_cpu_write(cpu_tss_rw.x86_tss.ist[IST_INDEX_UKL], regs->sp & ~0xfUL);
	return ist;
}

noinstr void ukl_ist_exit(unsigned long ist)
{
	this_cpu_write(cpu_tss_rw.x86_tss.ist[IST_INDEX_UKL], ist);
}

/*
 * An interrupt may bring work to do, but does none of it when it finds the kernel
 * running: if a fast call has tested for work already, have it test again.
 */
static __always_inline void ukl_restart(struct pt_regs *regs)
{
	unsigned long at = regs->ip - (unsigned long)ukl_entry_begin;
	const struct ukl_stub *stub = ukl_find_stub(at);

	if (stub && at >= stub->tail && at < stub->out)
		regs->ip -= at - stub->tail;
}

/*
 * Every context switch asks for the rseq area to be written (TIF_NOTIFY_RESUME). True
 * if it holds already what would be written, and nothing else was asked for.
 */
static __always_inline bool ukl_nothing_to_notify(void)
{
	struct rseq __user *rseq = current->rseq;
	u32 cpu, cid;
	u64 cs;

	if (unlikely(task_work_pending(current)))
		return false;
#ifdef CONFIG_MEMCG
	if (unlikely(current->memcg_nr_pages_over_high))
		return false;
#endif
#ifdef CONFIG_BLK_CGROUP
	if (unlikely(current->throttle_disk))
		return false;
#endif
	if (!rseq)
		return true;
	if (!user_read_access_begin(rseq, sizeof(*rseq)))
		return false;
	unsafe_get_user(cs, &rseq->rseq_cs, fault);
	unsafe_get_user(cpu, &rseq->cpu_id, fault);
	unsafe_get_user(cid, &rseq->mm_cid, fault);
	user_read_access_end();
	return !cs && cpu == raw_smp_processor_id() && cid == task_mm_cid(current);
fault:
	user_read_access_end();
	return false;
}

/*
 * A fast call is done. Do what is left to do before the return, as
 * exit_to_user_mode_loop() does, unless it needs all of pt_regs: of @regs there are ip,
 * sp and orig_ax. If true, all is done and interrupts are off.
 */
asmlinkage __visible noinstr bool ukl_light_work(struct pt_regs *regs)
{
	unsigned long work;

	instrumentation_begin();
	for (;;) {
		raw_local_irq_disable();
		work = read_thread_flags();
		if (!(work & _TIF_UKL_WORK & ~_TIF_NEED_FPU_LOAD))
			break;
		raw_local_irq_enable();
		if (work & _TIF_UKL_WORK & ~_TIF_UKL_LIGHT) {
			instrumentation_end();
			return false;
		}
		if (work & _TIF_NEED_RESCHED)
			schedule();
		if (work & _TIF_NOTIFY_RESUME) {
			clear_thread_flag(TIF_NOTIFY_RESUME);
			if (!ukl_nothing_to_notify())
				resume_user_mode_work(regs);
		}
	}
	if (work & _TIF_NEED_FPU_LOAD)
		switch_fpu_return();
	instrumentation_end();
	return true;
}

/*
 * A fast call is done and there is work before the return. Complete @regs, as if the
 * instruction before @pad had been a SYSCALL. Returns with interrupts off; true
 * if the return needs no iret.
 */
asmlinkage __visible noinstr bool ukl_exit_work(struct pt_regs *regs, unsigned long pad)
{
	regs->ip = pad;
	regs->cx = pad;
	regs->r11 = regs->flags;
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;

	syscall_exit_to_user_mode(regs);

	/* A signal handler, say, is entered elsewhere. */
	return regs->ip == pad && regs->cx == pad && !(regs->flags & X86_EFLAGS_TF);
}

/* Is it the way out of a fast call that the jump to @ip leads to? */
static __always_inline bool ukl_is_out(unsigned long ip)
{
	return ip == (unsigned long)ukl_pad_ret ||
	       (IS_ENABLED(CONFIG_UKL_KEY) && (ip == (unsigned long)ukl_key_out || ip == (unsigned long)ukl_rights_out));
}

/*
 * Whose is a frame with RPL 0? The kernel's half of the address space by RIP is not
 * enough either way: the kernel may call a null pointer, which must end in an oops, and a
 * program may jump anywhere, which must end in a signal for it alone.
 */
static __always_inline bool ukl_from_program(struct pt_regs *regs)
{
	if (ukl_in_entry(regs->ip))
		ukl_confined_check(regs);
	if (!test_thread_flag(TIF_UKL))
		return false;

	if (ukl_on_kernel_stack(regs)) {
		if (ukl_in_entry(regs->ip))
			ukl_restart(regs);
		/* A jump to where an entry opens the key. */
		return (regs->flags & X86_EFLAGS_IF) && ukl_key_in_entry(regs->ip);
	}

	if (!ukl_in_entry(regs->ip))
		return true;

	/*
	 * A direct call before its stack switch is kernel mode. On the way back, work was
	 * tested for and only the jump is left: finish it.
	 */
	if (*(u16 *)regs->ip == UKL_JMP_RCX) {
		regs->ip = regs->cx;
		return true;
	}
	if (*(u8 *)regs->ip == UKL_JMP && ukl_is_out(regs->ip + UKL_JMP_SIZE + *(s32 *)(regs->ip + 1))) {
		regs->ip = (unsigned long)ukl_pad_ret;
		return true;
	}
	if (ukl_key_on() && regs->ip >= (unsigned long)ukl_key_out &&
	    regs->ip < (unsigned long)ukl_key_out_end) {
		if (!ukl_is_out(regs->ip))
			regs->ax = regs->r8;
		regs->ip = (unsigned long)ukl_pad_ret;
		return true;
	}
	return false;
}

bool ukl_no_device(struct pt_regs *regs)
{
	if (!user_mode(regs) || !test_thread_flag(TIF_UKL))
		return false;
	force_sig(SIGSEGV);
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
	if (test_thread_flag(TIF_UKL) && !ukl_on_kernel_stack(eregs))
		sp = stack;

	regs = (struct pt_regs *)((sp & ~0xfUL) - UKL_INT3_GAP) - 1;

	/*
	 * A fault in the entry code itself, or a thread stack that overflowed:
	 * there is no room over there. The handler ends in an oops anyway.
	 */
	if (sp <= top && sp > top - EXCEPTION_STKSZ)
		return eregs;
	if (stack - sp <= THREAD_SIZE + PAGE_SIZE && (unsigned long)regs < stack - THREAD_SIZE) {
		/* It may as well be a program that has jumped to a WRPKRU. With interrupts on the next would use the same stack. */
		if (ukl_key_on() && test_thread_flag(TIF_UKL) && (eregs->flags & X86_EFLAGS_IF))
			panic("ukl_key: a kernel stack has no room for an interrupt");
		return eregs;
	}

	*regs = *eregs;
	return regs;
}

/* error_entry at CPL 0. Returns the frame, and with it the stack, to go on with. */
asmlinkage __visible noinstr struct pt_regs *ukl_sync_regs(struct pt_regs *eregs)
{
	if (!ukl_from_program(eregs))
		return ukl_leave_ist(eregs);
	if (ukl_key_on())
		ukl_confined_check(eregs);
	/* After a CLI: user mode has interrupts on, and the page fault handler warns else. */
	eregs->flags |= X86_EFLAGS_IF;
	eregs->cs = __USER_CS;
	eregs->ss = __USER_DS;
	return sync_regs(eregs);
}
