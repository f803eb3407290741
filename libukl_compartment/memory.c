/* New memory of the runtime's key.
 *
 * What mmap gives is of key 0 until pkey_mprotect, and by then somebody may have put a mapping of
 * his own in its place, say of a file that he can write. mremap gives a mapping its place and its key at once.
 * Called from within gates, too: general registers only.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <sys/mman.h>

#include "runtime.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4	/* linux/mman.h */
#endif

/* Nobody ever writes there. */
#define PRISTINE ((void *)UKL_PRISTINE)

void __ukl_renew(uint64_t address, size_t size)
{
	long got = ukl_sys_mremap(PRISTINE, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, (void *)address);

	if (got != (long)address)
		__ukl_fatal("cannot renew the memory of a thread");
}

/* In the thread's own gigabyte. Elsewhere it could be another's memory by the time when the runtime writes there
   or gives it back, if a compartment unmaps its stack. A signal handler may do the same at any instruction. */
long __ukl_take_memory(size_t size)
{
	struct ukl_thread *thread = __ukl_gate.thread;
	uint64_t low = __atomic_sub_fetch(&thread->next, size, __ATOMIC_SEQ_CST);

	if (ukl_in_area(thread, low))
		return (long)low;
	__atomic_add_fetch(&thread->next, size, __ATOMIC_SEQ_CST);
	return -ENOMEM;
}

/* Not the last one that was taken: it stays until the thread has ended. */
void __ukl_leave_memory(uint64_t address, size_t size)
{
	struct ukl_thread *thread = __ukl_gate.thread;

	if (address == thread->next) {
		__ukl_renew(address, size);
		thread->next += size;
	}
}
