// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel data that is read-only for the kernel, too (CONFIG_UKL_KEY_RO): pages with a key of their own. See
 * asm/ukl_key_ro.h.
 *
 * A page's key is in the direct map, whose large pages have to be split for it and all CPUs' TLBs flushed. So pages come in
 * batches, and once they have the key they stay here: what is freed is used again for the same.
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/ukl_key_ro.h>

#include <asm/percpu.h>
#include <asm/pgtable.h>
#include <asm/set_memory.h>
#include <asm/text-patching.h>
#include <asm/tlbflush.h>
#include <asm/ukl_key.h>
#include <asm/ukl_key_cpu.h>
#include <asm/ukl_key_ro.h>

/* At least as many pages are kept for those who cannot wait: the split of a large page is one. */
#define UKL_RO_RESERVE	4

/* So many more at once, if there are */
#define UKL_RO_ORDER	4

static struct ukl_ro_list ukl_ro_pages = UKL_RO_LIST(ukl_ro_pages);

/* Between an access and the check behind it: PKRU then. Else no value that it could have. */
DEFINE_PER_CPU(u32, ukl_ro_token) __visible = ~0U;

bool ukl_ro_started;

static bool ukl_ro_wanted __initdata;

static int __init ukl_ro_param(char *value)
{
	if (!value || kstrtobool(value, &ukl_ro_wanted))
		pr_err("ukl_key_ro=%s: must be on or off\n", value ?: "");
	return 0;
}
early_param("ukl_key_ro", ukl_ro_param);

void __init ukl_ro_init(bool key)
{
	if (ukl_ro_wanted && key)
		setup_force_cpu_cap(X86_FEATURE_UKL_KEY_RO);
	else if (ukl_ro_wanted)
		pr_warn("ukl_key_ro=on: needs the kernel's key, ukl_key=on; page tables can be written\n");
}

/* @size: a multiple of that of a long */
void ukl_ro_copy(void *to, const void *from, size_t size)
{
	size /= sizeof(long);
	asm volatile(UKL_RO_INSN("rep movsq", "ukl_ro_movs")
		     : "+D" (to), "+S" (from), "+c" (size), ASM_CALL_CONSTRAINT : : "memory", "cc");
}

void ukl_ro_clear_page(void *page);

bool ukl_ro_test_and_clear_bit(int bit, unsigned long *at)
{
	unsigned long old = READ_ONCE(*at);

	do {
		if (!(old & BIT(bit)))
			return false;
	} while (!ukl_ro_try_cmpxchg(at, &old, old & ~BIT(bit)));
	return true;
}

void ukl_ro_put(struct ukl_ro_list *list, struct page *page)
{
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	list_add(&page->lru, &list->pages);
	list->count++;
	spin_unlock_irqrestore(&list->lock, flags);
}

struct page *ukl_ro_take(struct ukl_ro_list *list)
{
	struct page *page;
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	page = list_first_entry_or_null(&list->pages, struct page, lru);
	if (page) {
		list_del(&page->lru);
		list->count--;
	}
	spin_unlock_irqrestore(&list->lock, flags);
	return page;
}

/* More pages, or not: then those who want them take ordinary ones. May sleep. */
static void ukl_ro_grow(void)
{
	struct page *pages = NULL;
	unsigned int order, i;
	unsigned long address;

	for (order = UKL_RO_ORDER + 1; !pages && order--;)
		pages = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, order);
	if (!pages)
		return;
	split_page(pages, order);
	address = (unsigned long)page_address(pages);
	if (set_memory_ukl_ro(&address, 1 << order, 0)) {
		/* Some may have the key: they are lost. */
		pr_warn_once("ukl_key_ro: no memory to split the direct map\n");
		return;
	}
	for (i = 0; i < 1U << order; i++) {
		__SetPageReserved(pages + i);
		ukl_ro_put(&ukl_ro_pages, pages + i);
	}
}

struct page *__ukl_ro_alloc_page(gfp_t gfp)
{
	struct page *page;

	if (!READ_ONCE(ukl_ro_started))
		return NULL;
	if (READ_ONCE(ukl_ro_pages.count) < UKL_RO_RESERVE && gfpflags_allow_blocking(gfp))
		ukl_ro_grow();
	page = ukl_ro_take(&ukl_ro_pages);
	if (!page)
		return NULL;
	ukl_ro_clear_page(page_address(page));
	set_page_count(page, 1);
	set_page_private(page, 0);
	if ((gfp & __GFP_ACCOUNT) && memcg_kmem_online() && memcg_kmem_charge_page(page, gfp, 0)) {
		ukl_ro_put(&ukl_ro_pages, page);
		return NULL;
	}
	return page;
}

/* Nobody else frees reserved pages. */
bool __ukl_ro_free_page(struct page *page)
{
	if (!PageReserved(page))
		return false;
	page->mapping = NULL;
	ukl_ro_put(&ukl_ro_pages, page);
	return true;
}

/* Tables that are in use: where they are in the direct map. */
static unsigned long ukl_ro_tables[256] __initdata;
static unsigned int ukl_ro_table_count __initdata;

static void __init ukl_ro_change_tables(void)
{
	unsigned int i;

	if (set_memory_ukl_ro(ukl_ro_tables, ukl_ro_table_count, 1))
		pr_warn("ukl_key_ro: page tables remain that can be written\n");
	for (i = 0; i < ukl_ro_table_count; i++)
		__SetPageReserved(virt_to_page((void *)ukl_ro_tables[i]));
	ukl_ro_table_count = 0;
}

static void __init ukl_ro_table(void *table)
{
	if (ukl_ro_table_count == ARRAY_SIZE(ukl_ro_tables))
		ukl_ro_change_tables();
	ukl_ro_tables[ukl_ro_table_count++] = (unsigned long)__va(__pa(table));
}

static void __init ukl_ro_walk_pmd(pmd_t *pmd)
{
	int i;

	ukl_ro_table(pmd);
	for (i = 0; i < PTRS_PER_PMD; i++)
		if (pmd_present(pmd[i]) && !pmd_leaf(pmd[i]))
			ukl_ro_table((void *)pmd_page_vaddr(pmd[i]));
}

static void __init ukl_ro_walk_pud(pud_t *pud)
{
	int i;

	ukl_ro_table(pud);
	for (i = 0; i < PTRS_PER_PUD; i++)
		if (pud_present(pud[i]) && !pud_leaf(pud[i]))
			ukl_ro_walk_pmd(pud_pgtable(pud[i]));
}

static void __init ukl_ro_walk(pgd_t *pgd)
{
	int i;

	ukl_ro_table(pgd);
	for (i = 0; i < PTRS_PER_PGD; i++) {
		p4d_t *p4d = p4d_offset(&pgd[i], 0);

		if (p4d_present(*p4d))
			ukl_ro_walk_pud(p4d_pgtable(*p4d));
	}
}

/* After ukl_key_start(): no program has run so far, and the tables are the kernel's own. */
static int __init ukl_ro_start(void)
{
	unsigned int cpu;

	if (!ukl_key_ro_on())
		return 0;
	ukl_ro_grow();
	WRITE_ONCE(ukl_ro_started, true);
	ukl_ro_walk(swapper_pg_dir);
	ukl_ro_walk(poking_mm->pgd);
	for_each_online_cpu(cpu)
		if (ukl_key_cpu_area(cpu))
			ukl_ro_walk_pud(ukl_key_cpu_area(cpu));
	ukl_ro_change_tables();
	return 0;
}
late_initcall_sync(ukl_ro_start);
