/* New memory of the runtime's key.
 *
 * What mmap gives is of key 0 until pkey_mprotect, and by then somebody may have put a mapping of
 * his own in its place, say of a file that he can write. mremap gives a mapping its place and its key at once.
 * Called from within gates, too: general registers only.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <sys/mman.h>

#include "runtime.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4	/* linux/mman.h */
#endif

/* 2 GiB of key 13 into which nobody writes: no thread gets the first two areas. */
#define PRISTINE ((void *)ukl_stack_area(0))

long __ukl_new_memory(size_t size)
{
	return ukl_sys_mremap(PRISTINE, size, size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
}

void __ukl_renew(uint64_t address, size_t size)
{
	long got = ukl_sys_mremap(PRISTINE, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, (void *)address);

	if (got != (long)address)
		__ukl_fatal("cannot renew the memory of a thread");
}
