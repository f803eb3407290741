/* Addresses and gates.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "runtime.h"

const struct ukl_gate_info *__ukl_gate_at(uintptr_t address)
{
	const struct ukl_table *table = &__ukl_compartments;
	uint32_t low = 0, high = table->gates;

	/* The last gate that begins at or below the address. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if ((uintptr_t)table->gate[middle].gate <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	const struct ukl_gate_info *gate = &table->gate[low - 1];

	return address - (uintptr_t)gate->gate < gate->size ? gate : NULL;
}
