/* Who may do what: the rights that ld has put into the table.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "runtime.h"

int __ukl_may(int id, int key, int write)
{
	uint32_t rights = __ukl_compartments.part[id].pkru >> 2 * key;

	return !(rights & 1) && !(write && (rights & 2));
}

static int holds(const char *low, const char *high, uintptr_t address)
{
	return address >= (uintptr_t)low && address < (uintptr_t)high;
}

/* Static data, heaps, this thread's stacks and the runtime's own areas. */
int __ukl_key_of(uintptr_t address)
{
	int key = __ukl_heap_key((void *)address);

	if (key >= 0)
		return key;
	if (address >= UKL_RECORDS && address < UKL_PRIVATE)
		return UKL_ID_GATE;
	if (address >= UKL_MARKS && address < UKL_MARKS + UKL_THREADS * UKL_MARKS_SIZE)
		return UKL_ID_GATE;
	for (key = 0; key < UKL_IDS; key++) {
		const struct ukl_part *part = &__ukl_compartments.part[key];

		if (holds(part->data, part->data_end, address) || holds(part->bss, part->bss_end, address))
			return key;
		if (address >= __ukl_gate.low[key] && address < __ukl_gate.high[key])
			return key;
	}
	if (address >= UKL_STACKS && address < ukl_stack_area(UKL_THREADS)) {
		const struct ukl_thread *thread = ukl_thread_of((address - UKL_STACKS) >> UKL_STACKS_SHIFT);
		uint64_t header = (uint64_t)ukl_header();

		if (address >= header && address < header + 4096)
			return UKL_ID_GATE;
		for (key = 0; key < UKL_IDS; key++)
			if (address >= thread->low[key] && address < thread->high[key])
				return key;
		if (thread->tid && address >= thread->stack && address < thread->end)
			return address < thread->shared ? (int)thread->home : UKL_ID_SHARED;
		return UKL_ID_GATE;
	}
	return -1;
}
