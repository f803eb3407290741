/* fork with threads: all locks of the runtime are held over it, so that the child finds
 * what they protect complete. Only the privileged part can write all of them.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "runtime.h"

void __ukl_priv_heap_lock(int lock)
{
	if (lock) {
		__ukl_thread_lock(1);
		__ukl_signal_lock(1);
		__ukl_heap_lock_all();
	} else {
		__ukl_heap_unlock_all();
		__ukl_signal_lock(0);
		__ukl_thread_lock(0);
	}
}
