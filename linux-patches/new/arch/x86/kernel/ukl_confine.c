// SPDX-License-Identifier: GPL-2.0
/*
 * Confined functions, see asm/ukl_confine.h: the C half of arch/x86/entry/ukl_confine.S.
 */
#include <linux/irqflags.h>
#include <linux/linkage.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include <asm/ptrace.h>
#include <asm/special_insns.h>
#include <asm/ukl_confine.h>

#define UKL_ARENA_PAGES		(1 << UKL_ARENA_ORDER)

long ukl_confined_run(long (*fn)(void *arena), void *arena);

/* asm_exc_page_fault() is not longer. */
#define UKL_ENTRY_SIZE		64
extern const char asm_exc_page_fault[];

/* The thread stack's pointer while a confined function runs on this CPU; else 0. */
DEFINE_PER_CPU(unsigned long, ukl_confined);

/* What runs, for the log. */
static DEFINE_PER_CPU(const void *, ukl_confined_fn);

/* Where this CPU shows arenas. */
static DEFINE_PER_CPU(unsigned long, ukl_arena_address);
static DEFINE_PER_CPU(pte_t *, ukl_arena_ptes);

void ukl_confine_use(unsigned long address, pte_t *ptes)
{
	this_cpu_write(ukl_arena_address, address);
	this_cpu_write(ukl_arena_ptes, ptes);
}

/* kmalloc() aligns powers of two to their size. */
void *ukl_arena_alloc(gfp_t gfp)
{
	return kzalloc(UKL_ARENA_SIZE, gfp);
}

void *ukl_arena_at(void *arena, const void *inside, size_t size)
{
	size_t offset = (unsigned long)inside & (UKL_ARENA_SIZE - 1);
	size_t end = UKL_ARENA_SIZE - UKL_ARENA_STACK;

	return offset <= end && size <= end - offset ? arena + offset : NULL;
}

long ukl_confined_call(long (*fn)(void *arena), void *arena)
{
	/* As the CPU's own stacks: for all who are not the user's, without a key. */
	const pgprot_t prot = __pgprot(pgprot_val(PAGE_KERNEL) & ~(_PAGE_GLOBAL | _PAGE_UKL_KEY));
	unsigned long address, flags;
	pte_t *ptes;
	long result;
	int i;

	local_irq_save(flags);
	address = __this_cpu_read(ukl_arena_address);
	ptes = __this_cpu_read(ukl_arena_ptes);
	__this_cpu_write(ukl_confined_fn, fn);
	for (i = 0; i < UKL_ARENA_PAGES; i++)
		WRITE_ONCE(ptes[i], pfn_pte(PHYS_PFN(__pa(arena)) + i, prot));
	result = ukl_confined_run(fn, (void *)address);
	for (i = 0; i < UKL_ARENA_PAGES; i++) {
		WRITE_ONCE(ptes[i], __pte(0));
		asm volatile("invlpg %0" : : "m" (*(char *)(address + i * PAGE_SIZE)) : "memory");
	}
	local_irq_restore(flags);
	return result;
}

/*
 * The confined function of this CPU has not returned: @regs, which are on an IST stack, came by the entry at @entry. A fault, or
 * an interrupt that it has let in.
 */
asmlinkage __visible void ukl_confined_fault(const void *entry, const struct pt_regs *regs)
{
	unsigned long ip = READ_ONCE(regs->ip), fault = entry - (const void *)asm_exc_page_fault;

	if (fault < UKL_ENTRY_SIZE)
		pr_warn_ratelimited("ukl: confined function %pS stopped: accessed %#lx at %pS\n",
				    __this_cpu_read(ukl_confined_fn), read_cr2(), (void *)ip);
	else
		pr_warn_ratelimited("ukl: confined function %pS stopped: fault or interrupt at %pS\n",
				    __this_cpu_read(ukl_confined_fn), (void *)ip);
}
