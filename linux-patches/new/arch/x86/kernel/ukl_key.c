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
#include <linux/bits.h>
#include <linux/cpu.h>
#include <linux/entry-common.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <linux/security.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <linux/ukl_compartment.h>
#include <linux/vmalloc.h>

#include <asm/cpu_entry_area.h>
#include <asm/cmdline.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/pgalloc.h>
#include <asm/pkru.h>
#include <asm/ptrace.h>
#include <asm/realmode.h>
#include <asm/sections.h>
#include <asm/set_memory.h>
#include <asm/setup.h>
#include <asm/stacktrace.h>
#include <asm/syscall.h>
#include <asm/text-patching.h>
#include <asm/tlbflush.h>
#include <asm/trapnr.h>
#include <asm/traps.h>
#include <asm/ukl.h>
#include <asm/ukl_confine.h>
#include <asm/ukl_key.h>
#include <asm/ukl_key_cpu.h>
#include <asm/ukl_key_priv.h>
#include <asm/ukl_shortcut.h>

#include "fpu/internal.h"
#include "fpu/xstate.h"

extern const char ukl_key_out[], ukl_rights_out[], ukl_key_out_end[], ukl_key_iret[], ukl_pad_ret[];
void ukl_key_SYSCALL_64(void);

asmlinkage __visible struct pt_regs *ukl_key_from_program(struct pt_regs *eregs);
asmlinkage __visible void __noreturn ukl_key_violated(void);
asmlinkage __visible void ukl_rights_exit(struct pt_regs *regs);
asmlinkage __visible u32 ukl_rights_now(u32 pkru, struct pt_regs *regs);
asmlinkage __visible bool ukl_rights_syscall(struct pt_regs *regs, int nr);

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

/* Nobody's rights, which are compared with none. */
static u32 ukl_nobody;

/* Where the rights are of the ring-0 program that this CPU runs, in its own memory; or ukl_nobody. */
DEFINE_PER_CPU(u32 *, ukl_rights) = &ukl_nobody;

/* Distances to the ends of the instructions that take PKRU from ukl_exit_page. */
extern const s32 ukl_xrstors[], ukl_xrstors_end[];

/* asm/ukl.h's UKL_KEY_JUMP; places are relative to where they are written down. */
struct ukl_key_jump {
	s32 from;
	s32 to;
	u32 size;	/* of what is replaced */
};

extern const struct ukl_key_jump ukl_key_jumps[], ukl_key_jumps_end[];	/* with the key */
extern const struct ukl_key_jump ukl_key_skips[], ukl_key_skips_end[];	/* with it, but without compartments */
extern const s32 ukl_key_outs[], ukl_key_outs_end[];			/* of fast calls */

/* arch/x86/entry/ukl_key_priv.S */
extern const u32 ukl_key_chance[], ukl_key_chance_end[];
extern u8 ukl_key_hops[], ukl_key_hops_end[];

/* Something to read behind an instruction that a program must not get away with. */
char ukl_key_canary __visible;

/* What LGDT and LIDT load. */
DEFINE_PER_CPU(struct desc_ptr, ukl_key_descriptor);

/*
 * Where this CPU's MOV to CR3 is, and the page table entry that shows it for as long as the kernel executes it. A
 * program that jumped there would go on in page tables of its own, whatever the kernel has behind it.
 */
DEFINE_PER_CPU(void *, ukl_key_cr3);
DEFINE_PER_CPU(pte_t *, ukl_key_cr3_pte);
static pte_t ukl_key_no_pte;

/* The same until the first program starts, in memory that is freed then. */
void ukl_key_first_cr3(void);

char ukl_key_last_stack[UKL_KEY_LAST_STACK] __visible __aligned(16);
/* Which CPU it is that is stopped there, plus 1. */
u32 ukl_key_violating __visible;

static_assert(UKL_PF_KTHREAD == PF_KTHREAD);

/* arch/x86/kernel/head_64.S, where the last that is executed before C code is in front of sev_verify_cbit. */
extern char sev_verify_cbit[];

/* How the CPU wants an XSAVE area. */
#define UKL_XSTATE_ALIGN	64

/* Far enough into wrmsr_safe_regs() and entry_ibpb() to have their WRMSR erased. */
#define UKL_KEY_WRMSR_REGS	0x20
#define UKL_KEY_WRMSR_IBPB	0x10

/* All of it: how a CPU is given back to the firmware. */
void asm_acpi_mp_play_dead(u64 reset_vector, u64 pgd_pa);
#define UKL_KEY_PLAY_DEAD	0x12

/* The image's linker script sets it to 1 if the program has compartments, else to 0. */
extern const char ukl_k_has_compartments[] __weak;

/* And this to 1 if the kernel's key is on without a ukl_key=, else to 0. */
extern const char ukl_k_wants_key[] __weak;

/* And this to the end of the code that it begins with. */
extern char ukl_k_head_end[] __weak;

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

static void *__init ukl_key_place(const s32 *relative)
{
	return (char *)relative + *relative;
}

/* Nobody executes that yet, and it is not write-protected. */
static void __init ukl_key_write_jump(u8 *from, const void *to, u32 size)
{
	s32 distance = (long)to - (long)(from + JMP32_INSN_SIZE);

	BUG_ON(size < JMP32_INSN_SIZE);
	*from = JMP32_INSN_OPCODE;
	memcpy(from + 1, &distance, sizeof(distance));
	for (from += JMP32_INSN_SIZE; size > JMP32_INSN_SIZE; size--)
		*from++ = INT3_INSN_OPCODE;
}

static void __init ukl_key_write_jumps(const struct ukl_key_jump *jump, const struct ukl_key_jump *end)
{
	for (; jump < end; jump++)
		ukl_key_write_jump(ukl_key_place(&jump->from), ukl_key_place(&jump->to), jump->size);
}

/* The way of all direct calls leads by the key, and to their callers' rights if there are compartments. */
static void __init ukl_key_patch(bool rights)
{
	const s32 *out;

	ukl_key_write_jumps(ukl_key_jumps, ukl_key_jumps_end);
	if (!rights)
		ukl_key_write_jumps(ukl_key_skips, ukl_key_skips_end);
	for (out = ukl_key_outs; out < ukl_key_outs_end; out++)
		ukl_key_write_jump(ukl_key_place(out), rights ? ukl_rights_out : ukl_key_out, JMP32_INSN_SIZE);
}

/* WRMSR, MOV to CR0, CR3 or CR4, XSETBV */
static bool __init ukl_key_raises(const u8 *code)
{
	int reg = code[2] >> 3 & 7;

	return code[0] == 0x0f && (code[1] == 0x30 || (code[1] == 0x01 && code[2] == 0xd1) ||
				   (code[1] == 0x22 && (reg == 0 || reg == 3 || reg == 4)));
}

/* A jump or call at @from, with what is around it */
static bool __init ukl_key_chance_at(const u8 *from)
{
	int i;

	for (i = -2; i < JMP32_INSN_SIZE; i++)
		if (ukl_key_raises(from + i))
			return true;
	return false;
}

/* Whose distance is one of their bytes by chance goes by a place from where it has another. */
static void __init ukl_key_hop(void)
{
	u8 *hop = ukl_key_hops, *from, opcode;
	const u32 *at;
	void *to;
	s32 distance;

	for (at = ukl_key_chance; at < ukl_key_chance_end && *at; at++) {
		from = (u8 *)_text + *at;
		opcode = *from;
		BUG_ON(opcode != CALL_INSN_OPCODE && opcode != JMP32_INSN_OPCODE);
		memcpy(&distance, from + 1, sizeof(distance));
		to = from + JMP32_INSN_SIZE + distance;
		for (;; *hop++ = INT3_INSN_OPCODE) {
			if (hop + JMP32_INSN_SIZE > ukl_key_hops_end)
				panic("ukl_key: no room for another way to %pS", to);
			ukl_key_write_jump(hop, to, JMP32_INSN_SIZE);
			ukl_key_write_jump(from, hop, JMP32_INSN_SIZE);
			*from = opcode;
			if (!ukl_key_chance_at(from) && !ukl_key_chance_at(hop))
				break;
		}
		hop += JMP32_INSN_SIZE;
	}
}

/* The offset of PKRU in an XSAVE area. */
static unsigned int ukl_rights_at __initdata;

/* Compartments: the program's own keys are checked, too. */
static void __init ukl_rights_init(void)
{
	unsigned int size, ecx, edx;
	const s32 *at;

	cpuid_count(0xd, XFEATURE_PKRU, &size, &ukl_rights_at, &ecx, &edx);
	if (!boot_cpu_has(X86_FEATURE_XSAVE) || size < sizeof(u32) || ukl_rights_at % UKL_XSTATE_ALIGN ||
	    ukl_rights_at < XSAVE_HDR_OFFSET + XSAVE_HDR_SIZE || ukl_rights_at > UKL_EXIT_PKRU - UKL_XSTATE_ALIGN)
		panic("ukl_key: this CPU's XSAVE has no PKRU");
	for (at = ukl_xrstors; at < ukl_xrstors_end; at++) {
		u8 *address = (u8 *)at + *at - sizeof(s32);
		s32 distance;

		memcpy(&distance, address, sizeof(distance));
		distance -= ukl_rights_at;
		text_poke_early(address, &distance, sizeof(distance));
	}
	setup_force_cpu_cap(X86_FEATURE_UKL_RIGHTS);
}

void __init ukl_key_init(void)
{
	if (ukl_key_wanted < 0)
		ukl_key_wanted = (unsigned long)ukl_k_wants_key;
	if (!ukl_key_wanted && (unsigned long)ukl_k_has_compartments)
		pr_warn("ukl_key=off: this image has compartments, which can reach each other through the kernel's memory\n");
	if (ukl_key_wanted && !boot_cpu_has(X86_FEATURE_PKU)) {
		pr_warn("ukl_key=on: this CPU has no protection keys, programs can reach the kernel's memory\n");
		ukl_key_wanted = 0;
	}
	/* Else read when it is too late. */
	if (ukl_key_wanted && cmdline_find_option_bool(boot_command_line, "nopku")) {
		pr_warn("ukl_key=on: nopku turns protection keys off, programs can reach the kernel's memory\n");
		ukl_key_wanted = 0;
	}
	if (!ukl_key_wanted) {
		__default_kernel_pte_mask &= ~_PAGE_UKL_KEY;
		ukl_ro_init(false);
		return;
	}
	setup_force_cpu_cap(X86_FEATURE_UKL_KEY);
	__default_kernel_pte_mask &= ~_PAGE_GLOBAL;
	/* Flushing a page that is not global would have to reach all address spaces. */
	setup_clear_cpu_cap(X86_FEATURE_PCID);
	/* Behind PKRU in an XSAVE area: an XRSTOR that faults there may have loaded PKRU, and the test behind it is left out. */
	setup_clear_cpu_cap(X86_FEATURE_AMX_TILE);
	init_pkru_value &= ~UKL_KEY_BITS;
	/* Now, and on other CPUs from their first instruction: entry code reads PKRU. It is 0, all open. */
	mmu_cr4_features |= X86_CR4_PKE;
	cr4_set_bits(X86_CR4_PKE);
	if ((unsigned long)ukl_k_has_compartments)
		ukl_rights_init();
	ukl_key_patch((unsigned long)ukl_k_has_compartments);
	ukl_key_hop();
	ukl_ro_init(true);
	pr_info("ukl_key=on: the kernel's memory is closed to programs in ring 0\n");
}

u32 __init ukl_key_init_pkru(u32 value)
{
	if (!ukl_key_on())
		return value;
	if (value & (PKRU_AD_BIT | PKRU_WD_BIT)) {
		pr_warn("init_pkru=%#x: closes key 0, which all programs need; ignored\n", value);
		return init_pkru_value;
	}
	if (value & UKL_KEY_BITS)
		pr_warn("init_pkru=%#x: key %d is the kernel's, its bits are ignored\n", value, UKL_KEY);
	return value & ~UKL_KEY_BITS;
}

void __init ukl_key_setup_cpu(unsigned int cpu, struct cpu_entry_area *area)
{
	struct cea_exception_stacks *stacks = &area->estacks;

	cea_set_pte(area->ukl_exit, per_cpu_ptr_to_phys(per_cpu_ptr(&ukl_exit_page, cpu)), PAGE_KERNEL_RO);
	/* XRSTOR shall load PKRU, and then finds it there. */
	if (ukl_rights_at)
		*(u64 *)(per_cpu(ukl_exit_page, cpu) + UKL_EXIT_PKRU - ukl_rights_at + XSAVE_HDR_OFFSET) = XFEATURE_MASK_PKRU;
	per_cpu(ukl_key_cr3, cpu) = ukl_key_first_cr3;
	per_cpu(ukl_key_cr3_pte, cpu) = &ukl_key_no_pte;
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
		native_set_pgd(&pgd[i], __pgd(value));
	}
	ukl_key_cpu_fill(pgd);
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
	ukl_compartments_dup(old_mm, mm);
}

void ukl_key_exec(struct mm_struct *mm)
{
	if (!ukl_key_on())
		return;
	ukl_key_set_pgd(mm->pgd, true);
	/* On all CPUs that this task has been on since it loaded them: there are supervisor's entries in their TLBs. */
	flush_tlb_mm(mm);
}

/* Not executed any more, but the kernel's text: the code that starts other CPUs has privileged instructions, too. */
static pteval_t __init ukl_key_leaf(pteval_t value, unsigned long address)
{
	if (address < (unsigned long)_text)
		value |= __supported_pte_mask & _PAGE_NX;
	return (value | _PAGE_UKL_KEY) & ~_PAGE_GLOBAL;
}

/* The first entry of a table from @i on that is not empty. Most have few: eight are looked at at once. */
static int __init ukl_key_next(const void *table, int i)
{
	const u64 *entry = table;

	while (i < PTRS_PER_PTE && !entry[i])
		i += i % 8 == 0 && !(entry[i + 1] | entry[i + 2] | entry[i + 3] | entry[i + 4] | entry[i + 5] |
				     entry[i + 6] | entry[i + 7]) ? 8 : 1;
	return i;
}

#define ukl_key_for_each(i, table) \
	for (i = ukl_key_next(table, 0); i < PTRS_PER_PTE; i = ukl_key_next(table, i + 1))

static void __init ukl_key_walk_pmd(pmd_t *pmd, unsigned long address)
{
	int i, j;

	ukl_key_for_each(i, pmd) {
		unsigned long at = address + i * PMD_SIZE;
		pte_t *pte;

		if (!pmd_present(pmd[i]))
			continue;
		if (pmd_leaf(pmd[i])) {
			set_pmd(&pmd[i], __pmd(ukl_key_leaf(pmd_val(pmd[i]), at)));
			continue;
		}
		pte = (pte_t *)pmd_page_vaddr(pmd[i]);
		ukl_key_for_each(j, pte)
			if (pte_present(pte[j]))
				set_pte(&pte[j], __pte(ukl_key_leaf(pte_val(pte[j]), at)));
		set_pmd(&pmd[i], __pmd(pmd_val(pmd[i]) | _PAGE_USER));
	}
}

static void __init ukl_key_walk_pud(pud_t *pud, unsigned long address)
{
	int i;

	ukl_key_for_each(i, pud) {
		unsigned long at = address + i * PUD_SIZE;

		if (!pud_present(pud[i]))
			continue;
		if (pud_leaf(pud[i])) {
			set_pud(&pud[i], __pud(ukl_key_leaf(pud_val(pud[i]), at)));
			continue;
		}
		ukl_key_walk_pmd(pud_pgtable(pud[i]), at);
		set_pud(&pud[i], __pud(pud_val(pud[i]) | _PAGE_USER));
	}
}

static void __init ukl_key_open(void *unused)
{
	wrpkru(rdpkru());
}

static void __init ukl_key_erase(void *begin, void *end)
{
	/* Not write-protected yet. */
	memset(begin, INT3_INSN_OPCODE, end - begin);
}

/* The code that started this CPU and others, with its privileged instructions, and the functions that they call. */
static void __init ukl_key_erase_start(void)
{
	if ((unsigned long)ukl_k_head_end)
		ukl_key_erase(_text, ukl_k_head_end);
	else
		pr_warn("ukl_key: the kernel's first code stays\n");
	ukl_key_erase(secondary_startup_64, sev_verify_cbit);
	ukl_key_erase(wrmsr_safe_regs, (void *)wrmsr_safe_regs + UKL_KEY_WRMSR_REGS);
	if (!boot_cpu_has(X86_FEATURE_ENTRY_IBPB))
		ukl_key_erase(entry_ibpb, (void *)entry_ibpb + UKL_KEY_WRMSR_IBPB);
	if (IS_ENABLED(CONFIG_ACPI_MADT_WAKEUP))
		ukl_key_erase(asm_acpi_mp_play_dead, (void *)asm_acpi_mp_play_dead + UKL_KEY_PLAY_DEAD);
}

/*
 * @address, which nobody uses yet, is to show @page as soon as the entry of the page tables that is returned is present. The
 * entry is in a mapping of its own, which can be written whatever the tables' own is.
 */
static pte_t * __init ukl_key_prepare(unsigned long address, const void *page)
{
	pud_t *pud = pud_alloc(&init_mm, p4d_offset(pgd_offset_k(address), address), address);
	pmd_t *pmd = pud ? pmd_alloc(&init_mm, pud, address) : NULL;
	pte_t *pte = pmd ? pte_alloc_kernel(pmd, address) : NULL;
	struct page *table = pte ? virt_to_page(pte) : NULL;
	void *mapping = table ? vmap(&table, 1, VM_MAP, PAGE_KERNEL) : NULL;

	if (!mapping)
		panic("ukl_key: no memory for page tables");
	set_pte(pte, pte_clear_flags(pfn_pte(PHYS_PFN(__pa(page)), PAGE_KERNEL_ROX), _PAGE_UKL_KEY | _PAGE_PRESENT));
	return mapping + offset_in_page(pte);
}

struct ukl_key_hidden {
	void *at;
	pte_t *pte;
};

/* With interrupts off, as ukl_key_write_cr3() has them. */
static void __init ukl_key_use_cr3(void *info)
{
	struct ukl_key_hidden *hidden = info;
	unsigned long index = pte_index((unsigned long)hidden->at);
	unsigned long first = index < 1 << UKL_ARENA_ORDER ? 1 << UKL_ARENA_ORDER : 0;

	this_cpu_write(ukl_key_cr3, hidden->at);
	this_cpu_write(ukl_key_cr3_pte, hidden->pte);
	/* The same table has room for an arena, at its begin or behind the page. */
	ukl_confine_use(((unsigned long)hidden->at & PMD_MASK) + first * PAGE_SIZE, hidden->pte - index + first);
}

/*
 * One page for each CPU, at an address and an offset that only the kernel knows. Beside the tables that the CPU reads:
 * all page tables have that part, and those of programs on other CPUs do not have this CPU's (ukl_key_cpu_start()).
 * lookup_address() finds an entry wherever there is a table for one, so each page has a table of its own.
 */
static void __init ukl_key_hide_cr3(void)
{
	static const u8 code[] __initconst = { 0x0f, 0x22, 0xdf, 0xc3 };	/* mov %rdi, %cr3; ret */
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		u8 *page = (u8 *)__get_free_page(GFP_KERNEL);
		struct ukl_key_hidden hidden;
		unsigned long address;
		unsigned int level;

		do
			address = CPU_ENTRY_AREA_BASE + round_down(get_random_u64() & (PGDIR_SIZE - 1), sizeof(code));
		while (lookup_address(address, &level));
		if (!page)
			panic("ukl_key: no memory for a page");
		memset(page, INT3_INSN_OPCODE, PAGE_SIZE);
		memcpy(page + offset_in_page(address), code, sizeof(code));
		hidden.pte = ukl_key_prepare(address, page);
		hidden.at = (void *)address;
		smp_call_function_single(cpu, ukl_key_use_cr3, &hidden, 1);
	}
}

/* The last step before the first program: mappings that are older than ukl_key_init(). */
static int __init ukl_key_start(void)
{
	int i;

	if (!ukl_key_on())
		return 0;
	on_each_cpu(ukl_key_open, NULL, 1);
	/* What starts them is not executable any more, see below. */
	cpu_hotplug_disable();
	/* With a null GS base, which a program can have, the kernel's per-CPU data would be there. MAP_FIXED asks the second. */
	mmap_min_addr = max(mmap_min_addr, PAGE_ALIGN((unsigned long)__per_cpu_end));
	dac_mmap_min_addr = max(dac_mmap_min_addr, mmap_min_addr);
	spin_lock(&pgd_lock);
	for (i = KERNEL_PGD_BOUNDARY; i < PTRS_PER_PGD; i++) {
		p4d_t *p4d = p4d_offset(&swapper_pg_dir[i], 0);

		if (p4d_present(*p4d) && !ukl_key_apart(i))
			ukl_key_walk_pud(p4d_pgtable(*p4d), (-1UL << 48) | (unsigned long)i << PGDIR_SHIFT);
	}
	spin_unlock(&pgd_lock);
	flush_tlb_all();
	ukl_key_hide_cr3();
	ukl_key_cpu_start();
	ukl_key_erase_start();
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
	ukl_rights_note(pkru);
	write_pkru(pkru);
	return 0;
}

/* SWAPGS changes nothing on this CPU now. */
static DEFINE_PER_CPU(bool, ukl_key_gs);

/* The last task was a ring-0 program. */
static DEFINE_PER_CPU(bool, ukl_key_last);

DEFINE_PER_CPU(bool, ukl_key_switched);

/* Which base a SWAPGS would bring: in ring 0 nobody needs one, so it is the kernel's, again. */
static void ukl_key_switch_gs(struct task_struct *next, bool ukl)
{
	__this_cpu_write(ukl_key_gs, ukl);
	if (ukl)
		wrmsrl(MSR_KERNEL_GS_BASE, cpu_kernelmode_gs_base(smp_processor_id()));
	else if (next->thread.gsindex <= 3)
		wrmsrl(MSR_KERNEL_GS_BASE, next->thread.gsbase);
}

static void ukl_rights_switch(struct task_struct *next)
{
	unsigned long offset = next->mm ? ukl_rights_offset(next->mm) : 0;

	__this_cpu_write(ukl_rights, offset ? (u32 *)(next->thread.fsbase - offset) : &ukl_nobody);
	/* PKRU is @next's already. It may be in a fast call. */
	*(u32 *)((char *)this_cpu_ptr(&ukl_exit_page) + UKL_EXIT_PKRU) = rdpkru();
}

void ukl_key_switch_to(struct task_struct *next, bool ukl)
{
	if (cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS) && ukl)
		ukl_rights_switch(next);
	if (ukl) {
		/* From one ring-0 program to the next GS is not loaded, but for ptrace or with ukl_off=gs. */
		if (!__this_cpu_read(ukl_key_last) || next->thread.gsindex || next->thread.gsbase ||
		    !static_branch_likely(&ukl_gs_key))
			ukl_key_switch_gs(next, true);
	} else if (!(next->flags & PF_KTHREAD) && __this_cpu_read(ukl_key_gs)) {
		ukl_key_switch_gs(next, false);
	}
	__this_cpu_write(ukl_key_last, ukl);
	__this_cpu_write(ukl_key_switched, ukl && static_branch_likely(&ukl_gs_key) &&
			 !cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS));
}

/* Exec has loaded GS. */
void ukl_key_start_thread(void)
{
	if (!ukl_key_on() || !test_thread_flag(TIF_UKL))
		return;
	preempt_disable();
	ukl_key_switch_gs(current, true);
	preempt_enable();
}

void ukl_rights_start(void)
{
	if (!cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS))
		return;
	preempt_disable();
	ukl_rights_switch(current);
	preempt_enable();
	ukl_rights_note(rdpkru());
}

/* As gates write them: with the kernel's key closed. */
static __always_inline u32 ukl_rights_of(u32 pkru)
{
	return (pkru & ~UKL_KEY_BITS) | UKL_KEY_CLOSED;
}

void ukl_rights_note(u32 pkru)
{
	u32 __user *now = (u32 __user *)raw_cpu_read(ukl_rights);

	if (!cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS) || now == (u32 __user *)&ukl_nobody)
		return;
	/* Without it, the program has other rights than it was to get, and will not get far. */
	(void)put_user(ukl_rights_of(pkru), now);
}

/*
 * Where a gate has changed its rights and is about to write that down: "wrpkru; mov %eax, %fs:...", all bits
 * inverted, because the kernel's text must not have them.
 */
#define UKL_GATE_NOTES	0xdafb769b10fef0
#define UKL_GATE_WRPKRU	3

/* "syscall" */
#define UKL_SYSCALL_SIZE	2

/*
 * @regs have the rights that PKRU says, or pretend to: they get those in the header, @now. A gate that was
 * interrupted before it could write there goes back by an instruction; also if the two are the same, as an NMI in the entry has the
 * header's rights back at its end.
 */
static __always_inline bool ukl_rights_adjust(struct pt_regs *regs, u32 now)
{
	u64 code, notes = UKL_GATE_NOTES;
	bool same;

	if (!now)
		return true;
	same = now == rdpkru();
	if (__get_user(code, (u64 __user *)(regs->ip - UKL_GATE_WRPKRU)))
		return same;
	OPTIMIZER_HIDE_VAR(notes);
	if ((~code & GENMASK_ULL(55, 0)) == notes)
		regs->ip -= UKL_GATE_WRPKRU;
	if (!same)
		wrpkru(now);
	return true;
}

/* The header has the key of gates: with the rights that a gate has there it can be written. */
noinstr bool ukl_rights_lost(struct pt_regs *regs)
{
	u32 __user *where = (u32 __user *)raw_cpu_read(ukl_rights);
	u64 code, notes = UKL_GATE_NOTES;
	bool lost;

	if (!cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS) || !user_mode(regs) || !test_thread_flag(TIF_UKL) ||
	    where == (u32 __user *)&ukl_nobody)
		return false;
	OPTIMIZER_HIDE_VAR(notes);
	pagefault_disable();
	lost = !__get_user(code, (u64 __user *)(regs->ip - UKL_GATE_WRPKRU)) && (~code & GENMASK_ULL(55, 0)) == notes &&
	       __ukl_outside_gate();
	pagefault_enable();
	return lost;
}

/*
 * Interrupts are off, nothing may sleep. Without @regs: has current, which makes a system call, the rights that its header
 * says?
 */
static __always_inline bool ukl_rights_try(struct pt_regs *regs)
{
	u32 __user *where = (u32 __user *)raw_cpu_read(ukl_rights);
	bool done;
	u32 now;

	if (where == (u32 __user *)&ukl_nobody)
		return true;
	pagefault_disable();
	done = !__get_user(now, where) && (regs ? ukl_rights_adjust(regs, now) : !now || now == rdpkru());
	pagefault_enable();
	return done;
}

/*
 * What the header says that the program's PKRU is; @pkru for who has no header. For the end of a handler on an IST stack, whose
 * @regs may be of an entry: if the header is not there, the fault leaves that its stack.
 */
asmlinkage __visible noinstr u32 ukl_rights_now(u32 pkru, struct pt_regs *regs)
{
	u32 __user *where = (u32 __user *)raw_cpu_read(ukl_rights);
	unsigned long ist, cr2;
	u32 now;

	/* A confined function has none. */
	if (raw_cpu_read(ukl_confined))
		return UKL_RIGHTS_NONE;
	if (where == (u32 __user *)&ukl_nobody)
		return pkru;
	cr2 = read_cr2();
	ist = ukl_ist_enter(regs);
	pagefault_disable();
	if (__get_user(now, where)) {
		now = UKL_RIGHTS_NONE;
		write_cr2(cr2);
	}
	pagefault_enable();
	ukl_ist_exit(ist);
	return now ?: pkru;
}

/*
 * A full call, maybe with other rights than the caller's: it gets those. If the header is not in memory the way
 * out fetches it, and the instruction of the landing pad makes the call again.
 */
asmlinkage __visible noinstr bool ukl_rights_syscall(struct pt_regs *regs, int nr)
{
	if (ukl_rights_try(regs))
		return do_syscall_64(regs, nr);
	regs->ax = regs->orig_ax;
	regs->ip -= UKL_SYSCALL_SIZE;
	return false;
}

void ukl_rights_settle(struct pt_regs *regs)
{
	u32 __user *where = (u32 __user *)raw_cpu_read(ukl_rights);
	u32 now;

	if (!cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS) || where == (u32 __user *)&ukl_nobody)
		return;
	if (get_user(now, where) || !ukl_rights_adjust(regs, now))
		wrpkru(UKL_RIGHTS_NONE);
}

/*
 * The last step before @regs, a ring-0 program's, are returned to. Interrupts are off. If something is
 * not in memory it is fetched, which is as much work as any other that comes up before a return.
 */
asmlinkage __visible noinstr void ukl_rights_exit(struct pt_regs *regs)
{
	while (!ukl_rights_try(regs)) {
		irqentry_enter_from_user_mode(regs);
		instrumentation_begin();
		local_irq_enable();
		ukl_rights_settle(regs);
		local_irq_disable();
		instrumentation_end();
		irqentry_exit_to_user_mode(regs);
		if (rdpkru() == UKL_RIGHTS_NONE)
			return;
	}
}

/*
 * A program has executed a privileged instruction of the kernel's text (arch/x86/entry/ukl_key_priv.S). Which
 * register has which value now is not known, so neither is what this CPU would do next. Or it has called the kernel at CPL 3: what
 * that was about to do cannot be ended.
 */
asmlinkage __visible void __noreturn ukl_key_violated(void)
{
	panic("ukl_key: a program has jumped to a privileged instruction of the kernel, or called it in ring 3");
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
	/* The way out will find the rights, and whatever is missing; then the instruction comes again. */
	if (cpu_feature_enabled(X86_FEATURE_UKL_RIGHTS) && !ukl_rights_try(NULL)) {
		regs->ip = regs->cx - UKL_SYSCALL_SIZE;
		regs->flags = regs->r11;
		return true;
	}
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
		if (regs->ip != (unsigned long)ukl_key_out && regs->ip != (unsigned long)ukl_rights_out)
			regs->ax = regs->r8;
		regs->ip = (unsigned long)ukl_pad_ret;
	} else if (regs->ip == (unsigned long)ukl_key_iret) {
		/* As if the fault had come after the iret. */
		char *page = (char *)this_cpu_ptr(&ukl_exit_page);

		regs->ip = *(unsigned long *)(page + UKL_EXIT_IP);
		regs->flags = *(unsigned long *)(page + UKL_EXIT_FLAGS);
		regs->sp = *(unsigned long *)(page + UKL_EXIT_SP);
	}
	/* After a CLI, in the kernel's text, say: user mode has interrupts on, and the page fault handler warns else. */
	regs->flags |= X86_EFLAGS_IF;
	regs->cs = __USER_CS;
	regs->ss = __USER_DS;
	return regs;
}
