// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's memory behind a protection key (CONFIG_UKL_KEY): page tables, and the C half of
 * arch/x86/entry/ukl_key_64.S. See asm/ukl_key.h.
 *
 * Whether kernel pages belong to user mode is decided at the top of the page tables: every
 * leaf and table of the kernel's half has the user bit and the key, but only the top-level entries
 * of ring-0 programs have the user bit, too. For all others the pages are the supervisor's, and keys do
 * not count. The TLB holds the result of both, so no kernel mapping is global.
 */
#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/smp.h>
#include <linux/uaccess.h>

#include <asm/cpu_entry_area.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/pgalloc.h>
#include <asm/pkru.h>
#include <asm/ptrace.h>
#include <asm/set_memory.h>
#include <asm/stacktrace.h>
#include <asm/syscall.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>
#include <asm/traps.h>
#include <asm/ukl.h>
#include <asm/ukl_key.h>

#include "fpu/internal.h"
#include "fpu/xstate.h"

extern const char ukl_key_out[], ukl_key_out_end[], ukl_key_iret[], ukl_pad_ret[];
void ukl_key_SYSCALL_64(void);

asmlinkage __visible struct pt_regs *ukl_key_from_program(struct pt_regs *eregs);

/*
 * What the last instructions of a return to a program pop: with the key closed, the thread stack
 * is out of reach. The kernel writes here, and the program can only read the other mapping.
 */
DEFINE_PER_CPU_PAGE_ALIGNED(char [PAGE_SIZE], ukl_exit_page);
DEFINE_PER_CPU(unsigned long, ukl_exit_ro);

/* The lowest stack pointer that a genuine entry has on each IST stack, plus UKL_IST_RESERVE. */
DEFINE_PER_CPU(unsigned long, ukl_ist_shared);
DEFINE_PER_CPU(unsigned long, ukl_ist_db);
DEFINE_PER_CPU(unsigned long, ukl_ist_mce);
DEFINE_PER_CPU(unsigned long, ukl_ist_nmi);
DEFINE_PER_CPU(unsigned long, ukl_ist_df);

/* Between a WRPKRU of C code and the check behind it: what it is to write; else nothing that it could. */
DEFINE_PER_CPU(u32, ukl_key_token) = ~0U;

/* The image's linker script sets it to 1 if the program has compartments, else to 0. */
extern const char ukl_k_has_compartments[] __weak;

static int ukl_key_wanted __initdata = -1;

static int __init ukl_key_param(char *value)
{
	if (value && !strcmp(value, "on"))
		ukl_key_wanted = 1;
	else if (value && !strcmp(value, "off"))
		ukl_key_wanted = 0;
	else
		pr_err("ukl_key=%s: must be on or off\n", value ?: "");
	return 0;
}
early_param("ukl_key", ukl_key_param);

void __init ukl_key_init(void)
{
	if (ukl_key_wanted < 0)
		ukl_key_wanted = (unsigned long)ukl_k_has_compartments;
	if (ukl_key_wanted && !boot_cpu_has(X86_FEATURE_PKU)) {
		pr_warn("ukl_key=on: this CPU has no protection keys, programs can reach the kernel's memory\n");
		ukl_key_wanted = 0;
	}
	if (!ukl_key_wanted) {
		__default_kernel_pte_mask &= ~_PAGE_UKL_KEY;
		return;
	}
	setup_force_cpu_cap(X86_FEATURE_UKL_KEY);
	__default_kernel_pte_mask &= ~_PAGE_GLOBAL;
	/* Flushing a page that is not global would have to reach all address spaces. */
	setup_clear_cpu_cap(X86_FEATURE_PCID);
	init_pkru_value &= ~UKL_KEY_BITS;
	/* Now, and on other CPUs from their first instruction: entry code reads PKRU. It is 0, all open. */
	mmu_cr4_features |= X86_CR4_PKE;
	cr4_set_bits(X86_CR4_PKE);
	pr_info("ukl_key=on: the kernel's memory is closed to programs in ring 0\n");
}

void __init ukl_key_setup_cpu(unsigned int cpu, struct cpu_entry_area *area)
{
	struct cea_exception_stacks *stacks = &area->estacks;

	cea_set_pte(area->ukl_exit, per_cpu_ptr_to_phys(per_cpu_ptr(&ukl_exit_page, cpu)), PAGE_KERNEL_RO);
	per_cpu(ukl_exit_ro, cpu) = (unsigned long)area->ukl_exit;
	per_cpu(ukl_ist_shared, cpu) = CEA_ESTACK_BOT(stacks, UKL) + UKL_IST_RESERVE;
	per_cpu(ukl_ist_db, cpu) = CEA_ESTACK_BOT(stacks, DB) + UKL_IST_RESERVE;
	per_cpu(ukl_ist_mce, cpu) = CEA_ESTACK_BOT(stacks, MCE) + UKL_IST_RESERVE;
	per_cpu(ukl_ist_nmi, cpu) = CEA_ESTACK_BOT(stacks, NMI) + UKL_IST_RESERVE;
	per_cpu(ukl_ist_df, cpu) = CEA_ESTACK_BOT(stacks, DF) + UKL_IST_RESERVE;
}

pgprot_t ukl_key_table(pgprot_t prot)
{
	if (ukl_key_on())
		pgprot_val(prot) |= _PAGE_USER;
	return prot;
}

/* What the CPU itself reads, and the stacks that it writes to, stay the supervisor's. */
static bool ukl_key_apart(int index)
{
	return index == pgd_index(CPU_ENTRY_AREA_BASE);
}

static void ukl_key_set_pgd(pgd_t *pgd, bool user)
{
	int i;

	for (i = KERNEL_PGD_BOUNDARY; i < PTRS_PER_PGD; i++) {
		pgdval_t value = pgd_val(pgd[i]) & ~_PAGE_USER;

		if (!(value & _PAGE_PRESENT))
			continue;
		if (user && !ukl_key_apart(i))
			value |= _PAGE_USER;
		WRITE_ONCE(pgd[i], __pgd(value));
	}
}

static bool ukl_key_has(struct mm_struct *mm)
{
	return pgd_val(mm->pgd[pgd_index(__START_KERNEL_map)]) & _PAGE_USER;
}

void ukl_key_new_pgd(pgd_t *pgd)
{
	if (ukl_key_on())
		ukl_key_set_pgd(pgd, false);
}

void ukl_key_dup_mmap(struct mm_struct *old_mm, struct mm_struct *mm)
{
	if (ukl_key_on() && ukl_key_has(old_mm))
		ukl_key_set_pgd(mm->pgd, true);
}

void ukl_key_exec(struct mm_struct *mm)
{
	if (!ukl_key_on())
		return;
	ukl_key_set_pgd(mm->pgd, true);
	/* Nobody else has loaded it so far. */
	__flush_tlb_all();
}

static pteval_t __init ukl_key_leaf(pteval_t value)
{
	return (value | _PAGE_UKL_KEY) & ~_PAGE_GLOBAL;
}

static void __init ukl_key_walk_pmd(pmd_t *pmd)
{
	int i, j;

	for (i = 0; i < PTRS_PER_PMD; i++) {
		pte_t *pte;

		if (!pmd_present(pmd[i]))
			continue;
		if (pmd_leaf(pmd[i])) {
			set_pmd(&pmd[i], __pmd(ukl_key_leaf(pmd_val(pmd[i]))));
			continue;
		}
		pte = (pte_t *)pmd_page_vaddr(pmd[i]);
		for (j = 0; j < PTRS_PER_PTE; j++)
			if (pte_present(pte[j]))
				set_pte(&pte[j], __pte(ukl_key_leaf(pte_val(pte[j]))));
		set_pmd(&pmd[i], __pmd(pmd_val(pmd[i]) | _PAGE_USER));
	}
}

static void __init ukl_key_walk_pud(pud_t *pud)
{
	int i;

	for (i = 0; i < PTRS_PER_PUD; i++) {
		if (!pud_present(pud[i]))
			continue;
		if (pud_leaf(pud[i])) {
			set_pud(&pud[i], __pud(ukl_key_leaf(pud_val(pud[i]))));
			continue;
		}
		ukl_key_walk_pmd(pud_pgtable(pud[i]));
		set_pud(&pud[i], __pud(pud_val(pud[i]) | _PAGE_USER));
	}
}

static void __init ukl_key_open(void *unused)
{
	wrpkru(rdpkru());
}

/* The last step before the first program: mappings that are older than ukl_key_init(). */
static int __init ukl_key_start(void)
{
	int i;

	if (!ukl_key_on())
		return 0;
	on_each_cpu(ukl_key_open, NULL, 1);
	spin_lock(&pgd_lock);
	for (i = KERNEL_PGD_BOUNDARY; i < PTRS_PER_PGD; i++) {
		p4d_t *p4d = p4d_offset(&swapper_pg_dir[i], 0);

		if (p4d_present(*p4d) && !ukl_key_apart(i))
			ukl_key_walk_pud(p4d_pgtable(*p4d));
	}
	spin_unlock(&pgd_lock);
	flush_tlb_all();
	return 0;
}
late_initcall_sync(ukl_key_start);

int ukl_key_restore_pkru(void __user *buf, bool saved)
{
	struct xregs_state __user *xsave = buf;
	u64 features = 0;
	u32 pkru = 0;

	if (saved && __get_user(features, &xsave->header.xfeatures))
		return X86_TRAP_PF;
	if ((features & XFEATURE_MASK_PKRU) &&
	    __get_user(pkru, (u32 __user *)get_xsave_addr_user(xsave, XFEATURE_PKRU)))
		return X86_TRAP_PF;
	write_pkru(pkru);
	return 0;
}

/*
 * SYSCALL leaves no register free to open the key with, and there is no memory for one. Its entry is
 * an invalid opcode, which has a stack: here are the registers as SYSCALL leaves them.
 */
noinstr bool ukl_key_raw_syscall(struct pt_regs *regs)
{
	if (!ukl_key_on() || !user_mode(regs) ||
	    regs->ip != (unsigned long)ukl_key_SYSCALL_64)
		return false;
	regs->ip = regs->cx;
	regs->flags = regs->r11;
	regs->orig_ax = regs->ax;
	regs->ax = -ENOSYS;
	do_syscall_64(regs, regs->orig_ax);
	return true;
}

/*
 * An entry on an IST stack has found the key closed: it was the program, whatever its registers say.
 * Runs on the thread stack, which is unused. Returns the frame to go on with.
 */
asmlinkage __visible noinstr struct pt_regs *ukl_key_from_program(struct pt_regs *eregs)
{
	struct pt_regs *regs = (struct pt_regs *)current_top_of_stack() - 1;

	*regs = *eregs;
	/* Everybody can read there. */
	__memset(eregs, 0, offsetof(struct pt_regs, ip));

	if (regs->ip >= (unsigned long)ukl_key_out && regs->ip < (unsigned long)ukl_key_out_end) {
		/* A fast call is done, but for the last instructions. */
		if (regs->ip != (unsigned long)ukl_key_out)
			regs->ax = regs->r8;
		regs->ip = (unsigned long)ukl_pad_ret;
	} else if (regs->ip == (unsigned long)ukl_key_iret) {
		/* As if the fault had come after the iret. */
		char *page = (char *)this_cpu_ptr(&ukl_exit_page);

		regs->ip = *(unsigned long *)(page + UKL_EXIT_IP);
		regs->flags = *(unsigned long *)(page + UKL_EXIT_FLAGS);
		regs->sp = *(unsigned long *)(page + UKL_EXIT_SP);
	}
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;
	return regs;
}
