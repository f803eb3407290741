/* malloc and what goes with it, in terms of __ukl_alloc.
 *
 * All names are weak, so that a program may bring a malloc of its own; libc's
 * member malloc.o defines some of them strongly and would win silently, so all
 * of its names that anything refers to are here or in malloc.c.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime.h"

#define WEAK __attribute__((weak))
#define CALLER __ukl_heap_for(__builtin_return_address(0))

/* Memory belongs to the key of whoever calls malloc. Transparent code, libc above
   all, has its data in key 0, so what it allocates for itself (streams and their
   buffers, lists that all threads walk) goes there as well. */
int __ukl_heap_for(const void *return_address)
{
	const struct ukl_part *shared = &__ukl_compartments.part[UKL_ID_SHARED];
	int id;

	if (!__ukl_on ||
	    ((const char *)return_address >= shared->text && (const char *)return_address < shared->text_end))
		return UKL_ID_SHARED;
	id = ukl_self();
	return id == UKL_ID_GATE ? UKL_ID_SHARED : id;
}

void *__ukl_malloc(size_t size)
{
	return __ukl_alloc(CALLER, size);
}

void *malloc(size_t size) __attribute__((weak, alias("__ukl_malloc"), copy(__ukl_malloc)));

/* Has the program a malloc of its own? Then its free gets what we allocate for it. */
int __ukl_malloc_is_replaced(void)
{
	void *(*volatile now)(size_t) = malloc;

	return now != __ukl_malloc;
}

void *__ukl_alloc_for(const void *return_address, size_t size)
{
	if (__ukl_malloc_is_replaced())
		return malloc(size);
	return __ukl_alloc(__ukl_heap_for(return_address), size);
}

WEAK void *calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return __ukl_alloc_zeroed(CALLER, bytes);
}

WEAK void *reallocarray(void *pointer, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return pointer ? realloc(pointer, bytes) : __ukl_alloc(CALLER, bytes);
}

/* As glibc, which rounds an odd alignment up. */
WEAK void *memalign(size_t alignment, size_t size)
{
	size_t power = 16;

	if (alignment > (size_t)1 << 62) {
		errno = EINVAL;
		return NULL;
	}
	while (power < alignment)
		power *= 2;
	return __ukl_alloc_aligned(CALLER, power, size);
}

WEAK void *aligned_alloc(size_t alignment, size_t size)
{
	size_t power = 16;

	if (alignment > (size_t)1 << 62) {
		errno = EINVAL;
		return NULL;
	}
	while (power < alignment)
		power *= 2;
	return __ukl_alloc_aligned(CALLER, power, size);
}

WEAK int posix_memalign(void **result, size_t alignment, size_t size)
{
	int saved = errno;
	void *pointer;

	if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
		return EINVAL;
	pointer = __ukl_alloc_aligned(CALLER, alignment, size);
	errno = saved;
	if (!pointer)
		return ENOMEM;
	*result = pointer;
	return 0;
}

WEAK void *valloc(size_t size)
{
	return __ukl_alloc_aligned(CALLER, 4096, size);
}

WEAK void *pvalloc(size_t size)
{
	return __ukl_alloc_aligned(CALLER, 4096, (size + 4095) & ~(size_t)4095);
}

WEAK void cfree(void *pointer)
{
	free(pointer);
}

/* Names that parts of libc use for the same functions. */
extern __typeof__(malloc) __libc_malloc __attribute__((weak, alias("__ukl_malloc"), copy(__ukl_malloc)));
extern __typeof__(calloc) __libc_calloc __attribute__((weak, alias("calloc"), copy(calloc)));
extern __typeof__(memalign) __libc_memalign __attribute__((weak, alias("memalign"), copy(memalign)));

WEAK void *__libc_realloc(void *pointer, size_t size)
{
	return pointer ? realloc(pointer, size) : __ukl_alloc(CALLER, size);
}

WEAK void __libc_free(void *pointer)
{
	free(pointer);
}

/* --- tuning and statistics: nothing to tune, nothing is counted --- */

WEAK int mallopt(int parameter, int value)
{
	(void)parameter;
	(void)value;
	return 1;
}

WEAK int malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}

WEAK struct mallinfo2 mallinfo2(void)
{
	return (struct mallinfo2){ 0 };
}

WEAK struct mallinfo mallinfo(void)
{
	return (struct mallinfo){ 0 };
}

WEAK void malloc_stats(void)
{
}

WEAK int malloc_info(int options, FILE *stream)
{
	if (options != 0)
		return EINVAL;
	fputs("<malloc version=\"1\">\n</malloc>\n", stream);
	return 0;
}

/* --- fork: libc calls these if they exist --- */

static void lock_all(int lock)
{
	if (ukl_self())
		__ukl_priv_heap_lock(lock);
	else if (lock > 0)
		__ukl_heap_lock_all();
	else
		__ukl_heap_unlock_all();
}

WEAK void __malloc_fork_lock_parent(void)
{
	lock_all(1);
}

WEAK void __malloc_fork_unlock_parent(void)
{
	lock_all(0);
}

WEAK void __malloc_fork_unlock_child(void)
{
	lock_all(-1);
}
