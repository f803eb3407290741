/* Names of functions, for reports.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "runtime.h"

const char *__ukl_function_name(uint64_t address, uint64_t *start)
{
	const struct ukl_functions *all = &__ukl_functions;
	const struct ukl_gate_info *gate = __ukl_gate_at(address);
	uint32_t low = 0, high;

	if (gate) {
		if (start)
			*start = (uint64_t)gate->gate;
		return gate->name;
	}
	if (!all)
		return NULL;
	high = all->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (all->f[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Assembly without a symbol of its own has an entry without a name. */
	if (low == 0 || address >> 32 || !all->f[low - 1].name)
		return NULL;
	if (start)
		*start = all->f[low - 1].address;
	return __ukl_function_names + all->f[low - 1].name;
}
