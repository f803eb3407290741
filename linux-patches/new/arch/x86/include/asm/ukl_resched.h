/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is there somebody else to run? Asked where the question comes up, not in a function.
 *
 * __cond_resched() also tells RCU that this CPU is in a quiescent state, if RCU is in a hurry; without
 * that the next timer tick asks for a reschedule, see rcu_sched_clock_irq().
 */
#ifndef _ASM_X86_UKL_RESCHED_H
#define _ASM_X86_UKL_RESCHED_H

#include <asm/preempt.h>

/* 0: ask __cond_resched() if the count with the inverted need-resched bit is 0. ~0: always ask. */
extern u32 ukl_resched_upto;

#define ukl_cond_resched() \
	(unlikely((u32)raw_cpu_read_4(pcpu_hot.preempt_count) <= ukl_resched_upto) ? __cond_resched() : 0)

#endif /* _ASM_X86_UKL_RESCHED_H */
