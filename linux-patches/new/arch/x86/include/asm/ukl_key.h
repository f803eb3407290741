/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's memory behind a protection key (CONFIG_UKL_KEY, ukl_key=on).
 *
 * While a ring-0 program runs, its page tables give the kernel's half of the address space
 * to user mode, with key UKL_KEY, which PKRU denies. Entry code opens the key, exit
 * code closes it: the kernel always has it open, whoever it works for. In the page tables
 * of ring-3 processes the kernel's half stays the supervisor's: they could open the key.
 */
#ifndef _ASM_X86_UKL_KEY_H
#define _ASM_X86_UKL_KEY_H

#include <asm/ukl_key_ro.h>

#define UKL_KEY			15

/*
 * Bits of PKRU: what the kernel has clear, and which of them a program has set. UKL_KEY_RO_WD is always set but in
 * arch/x86/entry/ukl_key_ro.S, in programs too: so an entry has nothing to do for it.
 */
#define UKL_KEY_BITS		(0xc0000000 | UKL_KEY_RO_AD)
#define UKL_KEY_CLOSED		(0x40000000 | UKL_KEY_RO_AD)

/*
 * What a program gets, also if it has written less: as the highest bits are these, a PKRU is not less as a signed number, and one
 * comparison sees that both keys are closed.
 */
#define UKL_KEY_LEAST_CLOSED	(UKL_KEY_CLOSED | UKL_KEY_RO_WD)

/* ukl_exit_page: registers, then the frame for iret */
#define UKL_EXIT_DX		0
#define UKL_EXIT_CX		8
#define UKL_EXIT_AX		16
#define UKL_EXIT_IP		24
#define UKL_EXIT_CS		32
#define UKL_EXIT_FLAGS		40
#define UKL_EXIT_SP		48
#define UKL_EXIT_SS		56

/* What an entry must find below its stack pointer on an IST stack: room for the rest of the entry code. */
#define UKL_IST_RESERVE		1024

#ifndef __ASSEMBLY__

#include <linux/types.h>

#include <asm/cpufeature.h>
#include <asm/ukl_key_cpu.h>

/* Does the kernel's memory have a key? Patched in at boot. */
#define ukl_key_on()	(IS_ENABLED(CONFIG_UKL_KEY) && cpu_feature_enabled(X86_FEATURE_UKL_KEY))

struct cpu_entry_area;
struct mm_struct;
struct pt_regs;

#ifdef CONFIG_UKL_KEY

#include <asm/pgtable_types.h>

/* Before the direct map is made: is there a key, and which attributes do kernel mappings get? */
void ukl_key_init(void);

/* init_pkru=@value: what of it can be had. */
u32 ukl_key_init_pkru(u32 value);

/* @area, of @cpu, has been mapped but for the page of returns. */
void ukl_key_setup_cpu(unsigned int cpu, struct cpu_entry_area *area);

/* The kernel's entries of @pgd, a new process's, have just been copied. */
void ukl_key_new_pgd(pgd_t *pgd);

/* @mm is a copy of @old_mm, for fork. */
void ukl_key_dup_mmap(struct mm_struct *old_mm, struct mm_struct *mm);

/* Current executes a program for ring 0: @mm is its own, new and loaded. */
void ukl_key_exec(struct mm_struct *mm);

/* The attributes of a table of kernel pages. */
pgprot_t ukl_key_table(pgprot_t prot);

/* A SYSCALL instruction in ring 0, which arrives as an invalid opcode: true if @regs are one, and done. */
bool ukl_key_raw_syscall(struct pt_regs *regs);

/* PKRU from the signal frame's registers at @buf, or as XRSTOR does without: 0 or X86_TRAP_PF. */
int ukl_key_restore_pkru(void __user *buf, bool saved);

#else /* !CONFIG_UKL_KEY */

static inline void ukl_key_init(void) { }
static inline u32 ukl_key_init_pkru(u32 value) { return value; }
static inline void ukl_key_setup_cpu(unsigned int cpu, struct cpu_entry_area *area) { }
#define ukl_key_new_pgd(pgd)	do { } while (0)
static inline void ukl_key_dup_mmap(struct mm_struct *old_mm, struct mm_struct *mm) { }
static inline void ukl_key_exec(struct mm_struct *mm) { }
#define ukl_key_table(prot)	(prot)
static __always_inline bool ukl_key_raw_syscall(struct pt_regs *regs) { return false; }
static inline int ukl_key_restore_pkru(void __user *buf, bool saved) { return 0; }

#endif /* CONFIG_UKL_KEY */

#endif /* __ASSEMBLY__ */

#endif /* _ASM_X86_UKL_KEY_H */
