/* What a violation looks like to a person.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "signals.h"

/* ukl_gate_info.flags: there is no way to pass its arguments or result on. */
#define UKL_GATE_REFUSES 1

/* Of the page fault's error code: the access was a write. */
#define FAULT_WRITE 2u

static const char *name_of(int key)
{
	if (key == UKL_ID_SHARED)
		return "all compartments";
	if (key == UKL_ID_GATE || key == UKL_KEY_PRIVATE)
		return "the runtime";
	if (key > 0 && key < UKL_IDS && __ukl_compartments.part[key].name)
		return __ukl_compartments.part[key].name;
	return key == 15 ? "the kernel" : "nobody";
}

/* "function+0x12 (0x401234)" */
static void put_place(struct ukl_line *line, uint64_t address)
{
	const struct ukl_part *shared = &__ukl_compartments.part[UKL_ID_SHARED];
	uint64_t start = 0;
	const char *name = __ukl_function_name(address, &start);

	if (!name && address >= (uint64_t)shared->text && address < (uint64_t)shared->text_end)
		name = "shared code";
	if (name) {
		__ukl_put(line, name);
		if (start && address != start) {
			__ukl_put(line, "+");
			__ukl_put_hex(line, address - start);
		}
		__ukl_put(line, " (");
		__ukl_put_hex(line, address);
		__ukl_put(line, ")");
	} else {
		__ukl_put_hex(line, address);
	}
}

/* ", called from main through f" */
static void put_entry(struct ukl_line *line)
{
	const struct ukl_gate_header *header = &__ukl_gate;
	const struct ukl_frame *frame = (struct ukl_frame *)header->top - 1;
	const struct ukl_gate_info *gate;

	if (header->top <= (uint64_t)header->thread + UKL_FRAMES)
		return;
	gate = __ukl_gate_at(frame->gate & 0xfffffffffffful);
	if (!gate)
		return;
	__ukl_put(line, ", entered by ");
	__ukl_put(line, name_of(ukl_frame_caller(frame)));
	__ukl_put(line, " through ");
	__ukl_put(line, gate->name);
}

void __ukl_report_violation(const struct ukl_kernel_frame *frame, int interrupted)
{
	struct ukl_line line;

	line.length = 0;
	__ukl_put(&line, "compartments: violation: ");
	__ukl_put(&line, interrupted < 0 ? "a gate" : name_of(interrupted));
	__ukl_put(&line, " may not ");
	__ukl_put(&line, frame->context.regs[REG_ERR] & FAULT_WRITE ? "write " : "read ");
	__ukl_put_hex(&line, (uint64_t)frame->info.si_addr);
	__ukl_put(&line, ", memory of ");
	__ukl_put(&line, name_of((int)frame->info.si_pkey));
	__ukl_put(&line, ": at ");
	put_place(&line, frame->context.regs[REG_RIP]);
	if (interrupted >= 0)
		put_entry(&line);
	__ukl_line_end(&line);
}

/* Did the access miss a compartment's stack by less than the guard page? */
int __ukl_report_overflow(const struct ukl_kernel_frame *frame, int interrupted)
{
	const struct ukl_gate_header *header = &__ukl_gate;
	uint64_t address = (uint64_t)frame->info.si_addr;
	struct ukl_line line;

	if (interrupted < 0 || !header->low[interrupted] || address >= header->low[interrupted] ||
	    address < header->low[interrupted] - 4096 || interrupted == (int)header->thread->home)
		return 0;
	line.length = 0;
	__ukl_put(&line, "compartments: ");
	__ukl_put(&line, name_of(interrupted));
	__ukl_put(&line, " has used up its stack of ");
	__ukl_put_decimal(&line, (header->high[interrupted] - header->low[interrupted]) / 1024);
	__ukl_put(&line, " KiB: at ");
	put_place(&line, frame->context.regs[REG_RIP]);
	put_entry(&line);
	__ukl_put(&line, "; `stack ");
	__ukl_put(&line, name_of(interrupted));
	__ukl_put(&line, " SIZE' in the policy makes it larger");
	__ukl_line_end(&line);
	return 1;
}

void __ukl_report_gate(const struct ukl_kernel_frame *frame, int interrupted)
{
	struct ukl_line line;

	const struct ukl_gate_info *gate = __ukl_gate_at(frame->context.regs[REG_RIP]);

	(void)interrupted;
	line.length = 0;
	if (gate->flags & UKL_GATE_REFUSES) {
		__ukl_put(&line, "compartments: ");
		__ukl_put(&line, name_of((int)__ukl_gate.id));
		__ukl_put(&line, " called ");
		__ukl_put(&line, gate->name);
		__ukl_put(&line, " of ");
		__ukl_put(&line, name_of(gate->callee));
		__ukl_put(&line, " by a pointer, which no gate can do: it is variadic, has no record of its arguments, "
				 "returns an object in its caller's memory or may not be entered");
		__ukl_line_end(&line);
		return;
	}
	__ukl_put(&line, "compartments: a check in the gate of ");
	put_place(&line, frame->context.regs[REG_RIP]);
	__ukl_put(&line, " has failed: it was entered in the middle, or a stack or frame was changed; ");
	__ukl_put(&line, name_of((int)__ukl_gate.id));
	__ukl_put(&line, " was running");
	__ukl_line_end(&line);
}
