/* A lock of one word: 0 free, 1 taken, 2 taken and somebody sleeps. Libc's note that there is one thread only is where all
 * can write.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <linux/futex.h>

#include "runtime.h"

void __ukl_lock(int *lock)
{
	int seen = 0;

	if (__atomic_compare_exchange_n(lock, &seen, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0)
		ukl_sys_futex(lock, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void __ukl_unlock(int *lock)
{
	if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2)
		ukl_sys_futex(lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
