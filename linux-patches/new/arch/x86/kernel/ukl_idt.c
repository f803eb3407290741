// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupt descriptor table of a kernel with ring-0 processes (CONFIG_UKL).
 */
#include <linux/init.h>
#include <linux/kernel.h>

#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/sections.h>
#include <asm/trapnr.h>
#include <asm/ukl.h>

/* Entries of arch/x86/entry/ukl_idt.S, in place of those of the same vector. */
struct ukl_gate {
	u8 vector;
	void (*entry)(void);
};

void ukl_exc_invalid_op(void);
void ukl_exc_device_not_available(void);
void ukl_exc_double_fault(void);
void ukl_exc_invalid_tss(void);
void ukl_exc_segment_not_present(void);
void ukl_exc_stack_segment(void);
void ukl_exc_general_protection(void);
void ukl_exc_page_fault(void);
void ukl_exc_alignment_check(void);

static const struct ukl_gate ukl_gates[] __initconst = {
	{ X86_TRAP_UD, ukl_exc_invalid_op },
	{ X86_TRAP_NM, ukl_exc_device_not_available },
	{ X86_TRAP_DF, ukl_exc_double_fault },
	{ X86_TRAP_TS, ukl_exc_invalid_tss },
	{ X86_TRAP_NP, ukl_exc_segment_not_present },
	{ X86_TRAP_SS, ukl_exc_stack_segment },
	{ X86_TRAP_GP, ukl_exc_general_protection },
	{ X86_TRAP_PF, ukl_exc_page_fault },
	{ X86_TRAP_AC, ukl_exc_alignment_check },
};

static void __init ukl_set_gate(gate_desc *gate, unsigned long entry)
{
	gate->offset_low = entry;
	gate->offset_middle = entry >> 16;
	gate->offset_high = entry >> 32;
}

void __init ukl_idt_setup(gate_desc *idt)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ukl_gates); i++)
		ukl_set_gate(&idt[ukl_gates[i].vector], (unsigned long)ukl_gates[i].entry);

	/* What has no handler still has the early one, whose memory is freed. */
	for (i = 0; i < NUM_EXCEPTION_VECTORS; i++)
		if (is_kernel_inittext(gate_offset(&idt[i])))
			idt[i].bits.p = 0;

	/*
	 * The CPU does not switch stacks from ring 0 to ring 0. Without a
	 * stack of their own the frames would go to the program's, whose next
	 * page may be missing or closed by a protection key: a double fault.
	 */
	for (i = 0; i < IDT_ENTRIES; i++)
		if (idt[i].bits.p && !idt[i].bits.ist)
			idt[i].bits.ist = IST_INDEX_UKL + 1;
}
