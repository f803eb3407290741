/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the kernel that it does not trust (CONFIG_UKL_KEY): functions that can reach an arena of their own and
 * nothing else.
 *
 * A confined function runs with all keys closed, as far from the kernel's memory as a program in ring 0 is, and from
 * the program's. Its arena is shown to it in this CPU's entry area, which has no key, for as long as it runs; no program
 * runs on this CPU meanwhile, and those on others do not see that area (asm/ukl_key_cpu.h). The stack is in the arena,
 * too. Whatever faults ends the function, not the kernel.
 *
 * Like the kernel's key this is in force while a ring-0 program's page tables are loaded. On those of ring-3
 * processes, where keys do not count, the function runs in the same way, but could reach the kernel's memory.
 */
#ifndef _ASM_X86_UKL_CONFINE_H
#define _ASM_X86_UKL_CONFINE_H

/* Bytes of an arena; where it is seen is a multiple of that. */
#define UKL_ARENA_ORDER		2
#define UKL_ARENA_SIZE		(4096 << UKL_ARENA_ORDER)

/* Of these, at the end: the stack */
#define UKL_ARENA_STACK		4096

#ifndef __ASSEMBLY__

#include <linux/types.h>

/* For a confined function, and what it calls: its arena. */
#define ukl_arena_here() \
	((void *)((unsigned long)__builtin_frame_address(0) & ~(UKL_ARENA_SIZE - 1UL)))

#ifdef CONFIG_UKL_KEY

#include <linux/compiler_types.h>
#include <linux/percpu-defs.h>

#include <asm/pgtable_types.h>

struct pt_regs;

/* An arena of zeros; to be freed with kfree(). NULL: no memory. */
void *ukl_arena_alloc(gfp_t gfp);

/*
 * Calls @fn with the address of @arena as it sees it, confined and with interrupts off. @fn may use no data but what
 * is there: no strings, no variables of the kernel's, no tables of jumps (-fno-jump-tables).
 *
 * Returns what @fn does; or -EIO if it was stopped, which the log has a line about. Not for NMIs.
 */
long ukl_confined_call(long (*fn)(void *arena), void *arena);

/*
 * What a confined function called @inside, if @size bytes are there in @arena below the stack; else NULL. Everything
 * in an arena can be anything after a call.
 */
void *ukl_arena_at(void *arena, const void *inside, size_t size);

/* This CPU shows arenas at @address, whose entries of the page tables @ptes are, in a mapping that can be written. */
void ukl_confine_use(unsigned long address, pte_t *ptes);

/* The thread stack's pointer while a confined function runs on this CPU; else 0. */
DECLARE_PER_CPU(unsigned long, ukl_confined);

asmlinkage void ukl_confined_fault(const void *entry, const struct pt_regs *regs);
/* Does not return. */
void ukl_confined_stop(void);

/* @regs are of a stub of the kernel's that found no stack. Stops a confined function that has jumped there. */
static __always_inline void ukl_confined_check(const struct pt_regs *regs)
{
	if (raw_cpu_read(ukl_confined)) {
		ukl_confined_fault(NULL, regs);
		ukl_confined_stop();
	}
}

#else /* !CONFIG_UKL_KEY */

struct pt_regs;
static __always_inline void ukl_confined_check(const struct pt_regs *regs) { }

#endif /* CONFIG_UKL_KEY */

#endif /* __ASSEMBLY__ */

#endif /* _ASM_X86_UKL_CONFINE_H */
