/* Compartment stacks, one per thread and compartment, made on first use.
 *
 * Called from within a gate, with the rights of both sides and of key 13, on a
 * stack of a few hundred bytes: general registers only, because vector
 * registers carry arguments, and nothing of libc.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <sys/mman.h>

#include "runtime.h"

#define GUARD ((size_t)4096)
#define DEFAULT_SIZE ((size_t)256 * 1024)

/* A guard page at either end: an overflow and an underflow both fault. */
uint64_t __ukl_stack_make(int id)
{
	struct ukl_gate_header *header = ukl_header();
	size_t size = __ukl_compartments.part[id].stack_size;
	long low;

	size = size ? (size + GUARD - 1) & -GUARD : DEFAULT_SIZE;
	low = __ukl_take_memory(size + 2 * GUARD);
	if (low < 0 && low > -4096)
		__ukl_fatal("no memory for a compartment's stack");
	if (ukl_sys_pkey_mprotect((void *)low, size + 2 * GUARD, PROT_NONE, id) != 0)
		__ukl_fatal("cannot give a compartment's stack its key");
	low += (long)GUARD;
	ukl_sys_mprotect((void *)low, size, PROT_READ | PROT_WRITE);
	header->thread->low[id] = (uint64_t)low;
	header->thread->high[id] = (uint64_t)low + size;
	header->low[id] = (uint64_t)low;
	header->high[id] = (uint64_t)low + size;
	header->sp[id] = (uint64_t)low + size;
	return header->sp[id];
}
