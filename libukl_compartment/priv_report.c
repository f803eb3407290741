/* What a violation looks like to a person.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string.h>

#include "signals.h"

/* Of the page fault's error code: the access was a write. */
#define FAULT_WRITE 2u

static const char *name_of(int key)
{
	if (key == UKL_ID_SHARED)
		return "all compartments";
	if (key == UKL_ID_GATE || key == __ukl_private_key)
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
	const struct ukl_gate_header *header = ukl_header();
	const struct ukl_frame *frame = (struct ukl_frame *)header->top - 1;
	const struct ukl_gate_info *gate;

	if (header->top <= (uint64_t)header->thread + UKL_FRAMES_FIRST)
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
	const struct ukl_gate_header *header = ukl_header();
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

/* A gate ends with a ud2 for each reason not to go on, in this order. */
static const char *const gate_reasons[] = {
	"only main may enter it, as the constructor that it is",
	"it returns an object in its caller's memory, which it may not write: return a pointer",
	"arguments or result were to go through a stack that is not the runtime's: pass a pointer from there",
	"it was entered in the middle, or a stack or frame was changed",
};

#define GATE_REASONS (sizeof(gate_reasons) / sizeof(*gate_reasons))
#define FIRST_CHECK 2u	/* Before: what the caller may not do; from here on: what was found to be wrong. */

/* SIGILL in a gate, or where it has a stack made: who called what, and why it was stopped. */
int __ukl_report_gate(const struct ukl_kernel_frame *frame, int interrupted)
{
	uint64_t rip = frame->context.regs[REG_RIP];
	const struct ukl_gate_info *gate = __ukl_gate_at(rip);
	const char *name = __ukl_function_name(rip, NULL);
	unsigned reason = GATE_REASONS - 1;
	struct ukl_line line;

	(void)interrupted;
	line.length = 0;
	__ukl_put(&line, "compartments: ");
	if (!gate) {
		if (!name || strcmp(name, "__ukl_gate_stack"))
			return 0;
		__ukl_put(&line, "too many signal handlers make the first call of a compartment at a time; ");
	} else {
		uint64_t left = ((uint64_t)gate->gate + gate->size - rip) / 2;

		if (left >= 1 && left <= GATE_REASONS)
			reason = (unsigned)(GATE_REASONS - left);
		if ((gate->flags & UKL_GATE_REFUSES) || reason < FIRST_CHECK) {
			__ukl_put(&line, "violation: ");
			__ukl_put(&line, name_of((int)__ukl_gate.id));
			__ukl_put(&line, " may not enter ");
			__ukl_put(&line, name_of(gate->callee));
			__ukl_put(&line, " by ");
			__ukl_put(&line, gate->name);
			__ukl_put(&line, ", whose address it got: ");
			__ukl_put(&line, gate->flags & UKL_GATE_REFUSES ? gate->name + strlen(gate->name) + 1
									 : gate_reasons[reason]);
			__ukl_line_end(&line);
			return 1;
		}
		__ukl_put(&line, "a check in the gate of ");
		put_place(&line, rip);
		__ukl_put(&line, " has failed: ");
		__ukl_put(&line, gate_reasons[reason]);
		__ukl_put(&line, "; ");
	}
	__ukl_put(&line, name_of((int)__ukl_gate.id));
	__ukl_put(&line, " was running");
	__ukl_line_end(&line);
	return 1;
}
