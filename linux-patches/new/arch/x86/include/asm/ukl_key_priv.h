/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's key (asm/ukl_key.h), for those who implement it: what a program must not get at, and the rights of
 * its compartments.
 */
#ifndef _ASM_X86_UKL_KEY_PRIV_H
#define _ASM_X86_UKL_KEY_PRIV_H

#include <asm/ukl_key_ro.h>

/* PKRU with only the kernel's key open */
#define UKL_KEY_ALONE		((0x15555555 & ~UKL_KEY_RO_AD) | UKL_KEY_RO_WD)

/* PKRU as a new process has it, with the kernel's key closed */
#define UKL_KEY_NEW		(0x55555554 | UKL_KEY_RO_WD)

/* What ld sets in all rights of compartments: UKL_KEY_RO_WD, if there is a UKL_KEY_RO or not */
#define UKL_RIGHTS_ALL_HAVE	0x20000000

/* PKRU with all keys closed */
#define UKL_RIGHTS_NONE		(0x55555555 | UKL_KEY_RO_WD)

/* PKRU in ukl_exit_page, of an XSAVE area with nothing else, and the mask for that */
#define UKL_EXIT_PKRU		4032
#define UKL_XSTATE_PKRU		0x200

/* Bytes of the stack on which the machine is stopped */
#define UKL_KEY_LAST_STACK	8192

/* task->flags, for assembly code: PF_KTHREAD */
#define UKL_PF_KTHREAD		0x00200000

#ifndef __ASSEMBLY__

#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/types.h>

struct mm_struct;
struct pt_regs;

/* Where the rights are: below the thread pointer, or 0 if @mm has no compartments. See uapi/asm/ukl_compartment.h. */
unsigned long ukl_rights_offset(const struct mm_struct *mm);

/* Fork: @mm, whose top-level page table is new, has the compartments of @old_mm. */
void ukl_compartments_dup(struct mm_struct *old_mm, struct mm_struct *mm);

#ifdef CONFIG_UKL_KEY

/* Where this CPU's MOV to CR3 is. */
DECLARE_PER_CPU(void *, ukl_key_cr3);

/* @next is about to run on this CPU: a ring-0 program (@ukl), or not. Preemption off. */
void ukl_key_switch_to(struct task_struct *next, bool ukl);

/* What that does for a ring-0 program is the same for most, and has been done for the last one of this CPU. */
DECLARE_PER_CPU(bool, ukl_key_switched);

static __always_inline bool ukl_key_has_switched(const struct task_struct *next)
{
	return likely(__this_cpu_read(ukl_key_switched)) && likely(!(next->thread.gsindex | next->thread.gsbase));
}

/* Current is about to start as a new program. */
void ukl_key_start_thread(void);

/*
 * The rights of compartments. Between a program's WRPKRU and a system call there is nothing but the
 * program, so which rights a thread has is in its gate header, where gates and the kernel write it whenever they
 * change them. Entries and exits compare.
 */

/* Current has got compartments. */
void ukl_rights_start(void);

/* Current gets the rights @pkru from the kernel. With rights that let it write the header. */
void ukl_rights_note(u32 pkru);

/* Signals: @regs are about to be saved with the rights of who was interrupted. May sleep. */
void ukl_rights_settle(struct pt_regs *regs);

#else /* !CONFIG_UKL_KEY */

static inline void ukl_key_switch_to(struct task_struct *next, bool ukl) { }
static inline bool ukl_key_has_switched(const struct task_struct *next) { return true; }
static inline void ukl_key_start_thread(void) { }
static inline void ukl_rights_start(void) { }
static inline void ukl_rights_note(u32 pkru) { }
static inline void ukl_rights_settle(struct pt_regs *regs) { }

#endif /* CONFIG_UKL_KEY */

#endif /* __ASSEMBLY__ */

#endif /* _ASM_X86_UKL_KEY_PRIV_H */
