/* SPDX-License-Identifier: GPL-2.0 */
/*
 * With the kernel's key (asm/ukl_key.h) on and more than one CPU, each process has a top-level page table for each CPU. They
 * are equal but for the entry of CPU_ENTRY_AREA_BASE: what the CPU itself accesses at an interrupt has no key, so of
 * all CPUs' stacks a program is shown only those of the CPU that it runs on, which nobody uses while it runs.
 *
 * mm->pgd is the first CPU's. The kernel's own table, for threads without a process, has all CPUs' stacks.
 */
#ifndef _ASM_X86_UKL_KEY_CPU_H
#define _ASM_X86_UKL_KEY_CPU_H

#include <linux/jump_label.h>

#include <asm/pgtable_types.h>

#ifdef CONFIG_UKL_KEY

DECLARE_STATIC_KEY_FALSE(ukl_key_cpus);

pgd_t *__ukl_key_cpu_pgd(pgd_t *pgd);
int __ukl_key_cpu_alloc(pgd_t *pgd);
void __ukl_key_cpu_free(pgd_t *pgd);
void __ukl_key_cpu_fill(pgd_t *pgd);
pte_t __ukl_key_cpu_area_pte(unsigned long address, pte_t pte);

/* Before the first program, when each CPU's MOV to CR3 is where it will be. */
void ukl_key_cpu_start(void);

/* The tables for CPU_ENTRY_AREA_BASE that @cpu uses, or NULL. */
pud_t *ukl_key_cpu_area(unsigned int cpu);

/* What CR3 is to have for @pgd, a process's, on this CPU. */
static __always_inline pgd_t *ukl_key_cpu_pgd(pgd_t *pgd)
{
	return static_branch_unlikely(&ukl_key_cpus) ? __ukl_key_cpu_pgd(pgd) : pgd;
}

/* The other CPUs' tables for @pgd, a new one: 0 or -ENOMEM. */
static inline int ukl_key_cpu_alloc(pgd_t *pgd)
{
	return static_branch_unlikely(&ukl_key_cpus) ? __ukl_key_cpu_alloc(pgd) : 0;
}

static inline void ukl_key_cpu_free(pgd_t *pgd)
{
	if (static_branch_unlikely(&ukl_key_cpus))
		__ukl_key_cpu_free(pgd);
}

/* The kernel's half of @pgd has changed. */
static inline void ukl_key_cpu_fill(pgd_t *pgd)
{
	if (static_branch_unlikely(&ukl_key_cpus))
		__ukl_key_cpu_fill(pgd);
}

/* @pte is about to be written for @address, in a CPU's entry area: what to write. */
static inline pte_t ukl_key_cpu_area_pte(unsigned long address, pte_t pte)
{
	return static_branch_unlikely(&ukl_key_cpus) ? __ukl_key_cpu_area_pte(address, pte) : pte;
}

#else /* !CONFIG_UKL_KEY */

#define ukl_key_cpu_pgd(pgd)	(pgd)
static inline int ukl_key_cpu_alloc(pgd_t *pgd) { return 0; }
static inline void ukl_key_cpu_free(pgd_t *pgd) { }
#define ukl_key_cpu_area_pte(address, pte)	(pte)

#endif /* CONFIG_UKL_KEY */

#endif /* _ASM_X86_UKL_KEY_CPU_H */
