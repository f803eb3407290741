/* fork with threads: all locks of the runtime are held over it, so that the child finds
 * what they protect complete. Only the privileged part can write all of them. No signal
 * comes meanwhile: to start a handler takes one of these locks. The heaps' are taken first:
 * who holds one may have been interrupted, and then waits for the signals' lock.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <signal.h>

#include "runtime.h"

/* Of the thread that forks, which has the locks; the child has a copy. */
static uint64_t mask;
static const struct ukl_thread *holder;

/* lock: 1 before; afterwards 0 in the parent, -1 in the child. */
void __ukl_priv_heap_lock(int lock)
{
	uint64_t all = ~0ul, before = 0;

	/* Whoever has not taken them may not give them back. */
	if ((lock > 0) == (__atomic_load_n(&holder, __ATOMIC_RELAXED) == __ukl_gate.thread))
		__ukl_fatal("fork: locks that are not taken, or taken twice");
	if (lock < 0)
		__ukl_priv_thread_forked();
	if (lock > 0) {
		ukl_sys_rt_sigprocmask(SIG_BLOCK, &all, &before, 8);
		__ukl_heap_lock_all();
		__ukl_thread_lock(1);
		__ukl_signal_lock(1);
		mask = before;
		__atomic_store_n(&holder, __ukl_gate.thread, __ATOMIC_RELAXED);
	} else {
		before = mask;
		__atomic_store_n(&holder, NULL, __ATOMIC_RELAXED);
		__ukl_signal_lock(0);
		__ukl_thread_lock(0);
		__ukl_heap_unlock_all();
		ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
	}
}
