// SPDX-License-Identifier: GPL-2.0
/*
 * A top-level page table for each CPU and process: see asm/ukl_key_cpu.h.
 *
 * All of a process's are made with it, so they are there before one could be loaded or have an entry. Where
 * they are is in the struct page of mm->pgd.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/ukl_key_ro.h>

#include <asm/cpu_entry_area.h>
#include <asm/pgalloc.h>
#include <asm/set_memory.h>
#include <asm/tlbflush.h>
#include <asm/ukl_key.h>
#include <asm/ukl_key_cpu.h>
#include <asm/ukl_key_priv.h>

DEFINE_STATIC_KEY_FALSE(ukl_key_cpus);

/* What this CPU's top-level tables have at UKL_KEY_AREA. */
static DEFINE_PER_CPU(pud_t *, ukl_key_area);

#define UKL_KEY_AREA	pgd_index(CPU_ENTRY_AREA_BASE)

/* By CPU; NULL for what is older than ukl_key_cpu_start(), and the kernel's own. */
static pgd_t **ukl_key_cpu_tables(const void *entry)
{
	return (pgd_t **)page_private(virt_to_page(entry));
}

/* In an NMI, too: nmi_uaccess_okay(). */
pgd_t *__ukl_key_cpu_pgd(pgd_t *pgd)
{
	pgd_t **tables = ukl_key_cpu_tables(pgd);

	return tables ? tables[raw_smp_processor_id()] : pgd;
}

static pgd_t *ukl_key_cpu_new(void)
{
	struct page *page = ukl_ro_alloc_page(GFP_PGTABLE_USER, 0) ?: alloc_page(GFP_PGTABLE_USER);

	return page ? page_address(page) : NULL;
}

int __ukl_key_cpu_alloc(pgd_t *pgd)
{
	pgd_t **tables = kcalloc(nr_cpu_ids, sizeof(*tables), GFP_KERNEL_ACCOUNT);
	unsigned int cpu;

	if (!tables)
		return -ENOMEM;
	set_page_private(virt_to_page(pgd), (unsigned long)tables);
	for_each_online_cpu(cpu) {
		tables[cpu] = cpu == cpumask_first(cpu_online_mask) ? pgd : ukl_key_cpu_new();
		if (!tables[cpu]) {
			__ukl_key_cpu_free(pgd);
			return -ENOMEM;
		}
	}
	return 0;
}

void __ukl_key_cpu_free(pgd_t *pgd)
{
	pgd_t **tables = ukl_key_cpu_tables(pgd);
	unsigned int cpu;

	if (!tables)
		return;
	set_page_private(virt_to_page(pgd), 0);
	for_each_online_cpu(cpu)
		if (tables[cpu] != pgd)
			free_page((unsigned long)tables[cpu]);
	kfree(tables);
}

/* Exec does this with a table that is loaded, so at no moment may the entry of the area be another CPU's. */
void __ukl_key_cpu_fill(pgd_t *pgd)
{
	pgd_t **tables = ukl_key_cpu_tables(pgd);
	unsigned int cpu;

	if (!tables)
		return;
	for_each_online_cpu(cpu) {
		pgd_t *to = tables[cpu];

		native_set_pgd(&to[UKL_KEY_AREA], __pgd(__pa(per_cpu(ukl_key_area, cpu)) | _KERNPG_TABLE));
		if (to == pgd)
			continue;
		ukl_ro_copy(to + KERNEL_PGD_BOUNDARY, pgd + KERNEL_PGD_BOUNDARY,
			    (UKL_KEY_AREA - KERNEL_PGD_BOUNDARY) * sizeof(pgd_t));
		ukl_ro_copy(to + UKL_KEY_AREA + 1, pgd + UKL_KEY_AREA + 1,
			    (PTRS_PER_PGD - UKL_KEY_AREA - 1) * sizeof(pgd_t));
	}
}

/*
 * The process's own half. Other CPUs' tables first: who sees an entry in mm->pgd may rely on theirs. An entry that is
 * taken away is flushed on all of them before its table is used for something else, as they are in mm_cpumask().
 */
void __ukl_key_cpu_set(p4d_t *at, p4d_t value)
{
	pgd_t **tables = static_branch_unlikely(&ukl_key_cpus) ? ukl_key_cpu_tables(at) : NULL;
	unsigned int cpu;

	if (!tables)
		return;
	for_each_online_cpu(cpu) {
		unsigned long *to = (unsigned long *)tables[cpu] + offset_in_page(at) / sizeof(*at);

		if (to != (unsigned long *)at)
			ukl_ro_set(to, native_p4d_val(value));
	}
}

/* A program must not find another CPU's area in the TLB because the kernel has used it on this one. */
static pte_t ukl_key_cpu_not_global(pte_t pte)
{
	return pte_flags(pte) & _PAGE_PRESENT ? pte_clear_flags(pte, _PAGE_GLOBAL) : pte;
}

/* Buffers of the debug store, which come and go. */
pte_t __ukl_key_cpu_area_pte(unsigned long address, pte_t pte)
{
	unsigned int cpu;

	pte = ukl_key_cpu_not_global(pte);
	for_each_online_cpu(cpu) {
		unsigned long area = (unsigned long)get_cpu_entry_area(cpu);

		if (address >= area && address < area + CPU_ENTRY_AREA_SIZE)
			set_pte(pte_offset_kernel(pmd_offset(per_cpu(ukl_key_area, cpu) + pud_index(address), address),
						  address), pte);
	}
	return pte;
}

pud_t *ukl_key_cpu_area(unsigned int cpu)
{
	return per_cpu(ukl_key_area, cpu);
}

static void * __init ukl_key_cpu_table(void)
{
	void *table = (void *)get_zeroed_page(GFP_KERNEL);

	if (!table)
		panic("ukl_key: no memory for page tables");
	return table;
}

static pmd_t * __init ukl_key_cpu_pmd(pud_t *area, unsigned long address)
{
	pud_t *pud = area + pud_index(address);

	if (pud_none(*pud))
		set_pud(pud, __pud(__pa(ukl_key_cpu_table()) | _KERNPG_TABLE));
	return pmd_offset(pud, address);
}

static void __init ukl_key_cpu_show(pud_t *area, unsigned long begin, unsigned long end)
{
	unsigned long address;

	for (address = begin; address < end; address += PAGE_SIZE) {
		pmd_t *pmd = ukl_key_cpu_pmd(area, address);
		unsigned int level;
		pte_t *pte = lookup_address(address, &level);

		if (pmd_none(*pmd))
			set_pmd(pmd, __pmd(__pa(ukl_key_cpu_table()) | _KERNPG_TABLE));
		if (!pte || level != PG_LEVEL_4K)
			continue;
		set_pte(pte, ukl_key_cpu_not_global(*pte));
		set_pte(pte_offset_kernel(pmd, address), *pte);
	}
}

void __init ukl_key_cpu_start(void)
{
	unsigned int cpu;

	/* With one CPU there is nobody else. */
	if (num_online_cpus() == 1)
		return;
	for_each_online_cpu(cpu) {
		unsigned long area = (unsigned long)get_cpu_entry_area(cpu);
		unsigned long cr3 = (unsigned long)per_cpu(ukl_key_cr3, cpu);
		pud_t *puds = ukl_key_cpu_table();

		/* The table is shared: the page in it is shown and hidden in all at once. */
		set_pmd(ukl_key_cpu_pmd(puds, cr3), *lookup_pmd_address(cr3));
		/* What all have, like the IDT; then its own. */
		ukl_key_cpu_show(puds, CPU_ENTRY_AREA_BASE, CPU_ENTRY_AREA_PER_CPU);
		ukl_key_cpu_show(puds, area, area + CPU_ENTRY_AREA_SIZE);
		per_cpu(ukl_key_area, cpu) = puds;
	}
	static_branch_enable(&ukl_key_cpus);
	flush_tlb_all();
}
