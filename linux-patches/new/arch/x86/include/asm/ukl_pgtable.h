/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How entries of page tables are written where they can be read-only for the kernel (CONFIG_UKL_KEY_RO), and those of the
 * top level with all CPUs' copies (asm/ukl_key_cpu.h): what asm/pgtable_64.h has without CONFIG_UKL_KEY.
 */
#ifndef _ASM_X86_UKL_PGTABLE_H
#define _ASM_X86_UKL_PGTABLE_H

#include <asm/ukl_key_ro.h>

#define UKL_PGTABLE_SET(level)								\
static inline void native_set_##level(level##_t *at, level##_t value)			\
{											\
	ukl_ro_set((unsigned long *)at, native_##level##_val(value));			\
}

#define UKL_PGTABLE_CLEAR(level)							\
static inline level##_t ukl_##level##_get_and_clear(level##_t *at)			\
{											\
	return native_make_##level(ukl_ro_xchg((unsigned long *)at, 0));		\
}

UKL_PGTABLE_SET(pte)
UKL_PGTABLE_SET(pmd)
UKL_PGTABLE_SET(pud)
UKL_PGTABLE_SET(pgd)

UKL_PGTABLE_CLEAR(pte)
UKL_PGTABLE_CLEAR(pmd)
UKL_PGTABLE_CLEAR(pud)

void __ukl_key_cpu_set(p4d_t *at, p4d_t value);

/* The top level, as there are four. */
static inline void native_set_p4d(p4d_t *at, p4d_t value)
{
	if (cpu_feature_enabled(X86_FEATURE_UKL_KEY))
		__ukl_key_cpu_set(at, value);
	ukl_ro_set((unsigned long *)at, native_p4d_val(value));
}

#define native_set_pte_atomic		native_set_pte
#define native_ptep_get_and_clear	ukl_pte_get_and_clear
#define native_pmdp_get_and_clear	ukl_pmd_get_and_clear
#define native_pudp_get_and_clear	ukl_pud_get_and_clear

static inline void native_pte_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	native_set_pte(ptep, native_make_pte(0));
}

static inline void native_pmd_clear(pmd_t *pmd)
{
	native_set_pmd(pmd, native_make_pmd(0));
}

static inline void native_pud_clear(pud_t *pud)
{
	native_set_pud(pud, native_make_pud(0));
}

static inline void native_p4d_clear(p4d_t *p4d)
{
	native_set_p4d(p4d, native_make_p4d(0));
}

static inline void native_pgd_clear(pgd_t *pgd)
{
	native_set_pgd(pgd, native_make_pgd(0));
}

#endif /* _ASM_X86_UKL_PGTABLE_H */
