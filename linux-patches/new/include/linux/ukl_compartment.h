/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compartments of a process (CONFIG_UKL): where the kernel would act for one of them
 * on another's memory. arch/x86/include/uapi/asm/ukl_compartment.h says what they are.
 *
 * Until a process turns them on, every function here is a no-op in the code.
 */
#ifndef _LINUX_UKL_COMPARTMENT_H
#define _LINUX_UKL_COMPARTMENT_H

#include <linux/types.h>

struct file;
struct k_sigaction;
struct mm_struct;
struct pt_regs;
struct task_struct;
struct vm_area_struct;

#ifdef CONFIG_UKL

#include <linux/jump_label.h>

/* Some process has, or had, compartments. */
DECLARE_STATIC_KEY_FALSE(ukl_compartments);

/* A function of the given arguments that gives @otherwise while nobody has compartments. */
#define UKL_HOOK(name, otherwise, params, args)				\
	bool __ukl_##name params;					\
	static __always_inline bool ukl_##name params			\
	{								\
		return static_branch_unlikely(&ukl_compartments) ?	\
			__ukl_##name args : (otherwise);		\
	}
#define UKL_DO(name, params, args)					\
	void __ukl_##name params;					\
	static __always_inline void ukl_##name params			\
	{								\
		if (static_branch_unlikely(&ukl_compartments))		\
			__ukl_##name args;				\
	}

#else /* !CONFIG_UKL */

#define UKL_HOOK(name, otherwise, params, args)				\
	static __always_inline bool ukl_##name params { return otherwise; }
#define UKL_DO(name, params, args)					\
	static __always_inline void ukl_##name params { }

#endif /* CONFIG_UKL */

/* Does current's process have compartments? */
UKL_HOOK(has_compartments, false, (void), ())

/* Does it, or did an ancestor when it was forked? Exec does not change that. */
UKL_HOOK(from_compartments, false, (void), ())

/* Current's process has compartments and current runs without the gate. */
UKL_HOOK(outside_gate, false, (void), ())

/* May current unmap, move or protect @vma? Give it advice (@discard: that loses contents)? */
UKL_HOOK(may_modify, true, (struct vm_area_struct *vma), (vma))
UKL_HOOK(may_advise, true, (struct vm_area_struct *vma, bool discard), (vma, discard))

/* May current map pages @pgoff on of @file (NULL: new memory) with @vm_flags? */
UKL_HOOK(may_map, true,
	 (struct file *file, unsigned long vm_flags, unsigned long pgoff, unsigned long len),
	 (file, vm_flags, pgoff, len))

/* May current give @vma @vm_flags? @pkey is the key that was asked for, or -1. */
UKL_HOOK(may_protect, true, (struct vm_area_struct *vma, unsigned long vm_flags, int pkey),
	 (vma, vm_flags, pkey))

/* Access of /proc and ptrace(2), @mode as for ptrace_may_access(): to a task, to a task's memory */
UKL_HOOK(may_trace, true, (struct task_struct *task, unsigned int mode), (task, mode))
UKL_HOOK(may_access_mm, true, (struct mm_struct *mm, unsigned int mode), (mm, mode))
UKL_HOOK(may_be_traced, true, (void), ())

/* May current execute @file, whose ELF header has these @e_flags? */
UKL_HOOK(may_execute, true, (struct file *file, unsigned int e_flags), (file, e_flags))

/* System calls that change how a thread starts, or is interrupted. @clone_flags may become less. */
UKL_HOOK(may_clone, true, (u64 *clone_flags), (clone_flags))
UKL_HOOK(may_prctl, true, (int option), (option))
UKL_HOOK(may_handle, true, (const struct k_sigaction *act), (act))

UKL_HOOK(may_dump, true, (void), ())

/* A signal's frame goes to where the interrupted program's stack pointer is: with its rights? */
UKL_HOOK(frame_obeys_pkru, false, (bool entering_altstack), (entering_altstack))

/* @regs are about to enter a signal handler; its frame is on the stack. */
UKL_DO(enter_handler, (struct pt_regs *regs), (regs))

/* Current is about to leave its mm, to which it writes for the last time. */
UKL_DO(leave_mm, (void), ())

/* Current, a kernel thread so far, is a program that the kernel starts on somebody's behalf. */
UKL_DO(start_helper, (void), ())

/* arch_prctl(ARCH_UKL_COMPARTMENTS, @arg) */
long ukl_start_compartments(unsigned long arg);

#undef UKL_HOOK
#undef UKL_DO

#endif /* _LINUX_UKL_COMPARTMENT_H */
