/* C++'s operator new: libstdc++ would call malloc as transparent code and so get
 * shared memory. The memory is of the compartment that runs, also when libstdc++
 * asks for the contents of a std::string.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdint.h>
#include <stdlib.h>

#include "runtime.h"

#define WEAK __attribute__((weak))

void (*_ZSt15get_new_handlerv(void))(void) WEAK;
void _ZSt17__throw_bad_allocv(void) __attribute__((weak, noreturn));
/* std::string::_Rep::_S_create of the old string: the text of std::runtime_error and its
   kin, which whoever catches one has to read. It is some hundred bytes long. */
void _ZNSs4_Rep9_S_createEmmRKSaIcE(void) WEAK;

static int key_for(const void *caller)
{
	int id = ukl_self();

	if ((uintptr_t)caller - (uintptr_t)_ZNSs4_Rep9_S_createEmmRKSaIcE < 256 || id == UKL_ID_GATE)
		return UKL_ID_SHARED;
	return id;
}

static void *make(size_t alignment, size_t size, const void *caller, int may_throw)
{
	void *pointer;
	void (*handler)(void);

	for (;;) {
		if (__ukl_malloc_is_replaced())
			pointer = alignment > 16 ? aligned_alloc(alignment, size) : malloc(size ? size : 1);
		else
			pointer = __ukl_alloc_aligned(key_for(caller), alignment, size);
		if (pointer)
			return pointer;
		handler = _ZSt15get_new_handlerv ? _ZSt15get_new_handlerv() : NULL;
		if (handler)
			handler();
		else if (!may_throw)
			return NULL;
		else if (_ZSt17__throw_bad_allocv)
			_ZSt17__throw_bad_allocv();
		else
			abort();
	}
}

#define CALLER __builtin_return_address(0)

void *__ukl_new(size_t size)
{
	return make(16, size, CALLER, 1);
}

void *__ukl_new_aligned(size_t size, size_t alignment)
{
	return make(alignment, size, CALLER, 1);
}

/* operator new(size_t), operator new(size_t, align_val_t) */
void *_Znwm(size_t size) __attribute__((weak, alias("__ukl_new")));
void *_ZnwmSt11align_val_t(size_t size, size_t alignment) __attribute__((weak, alias("__ukl_new_aligned")));

/* The others call these if the program has its own. The compiler must not know that the
   names may be the same. */
static int is_replaced(void)
{
	void *(*volatile plain)(size_t) = _Znwm;

	return plain != __ukl_new;
}

static int is_replaced_aligned(void)
{
	void *(*volatile aligned)(size_t, size_t) = _ZnwmSt11align_val_t;

	return aligned != __ukl_new_aligned;
}

/* operator new[] */
WEAK void *_Znam(size_t size)
{
	return is_replaced() ? _Znwm(size) : make(16, size, CALLER, 1);
}

WEAK void *_ZnamSt11align_val_t(size_t size, size_t alignment)
{
	return is_replaced_aligned() ? _ZnwmSt11align_val_t(size, alignment) : make(alignment, size, CALLER, 1);
}

/* With nothrow: a replacement that throws is libstdc++'s to handle, so only ours is here. */
WEAK void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow)
{
	(void)nothrow;
	return is_replaced() ? _Znwm(size) : make(16, size, CALLER, 0);
}

WEAK void *_ZnamRKSt9nothrow_t(size_t size, const void *nothrow)
{
	(void)nothrow;
	return is_replaced() ? _Znwm(size) : make(16, size, CALLER, 0);
}

WEAK void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *nothrow)
{
	(void)nothrow;
	return is_replaced_aligned() ? _ZnwmSt11align_val_t(size, alignment) : make(alignment, size, CALLER, 0);
}

WEAK void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *nothrow)
{
	(void)nothrow;
	return is_replaced_aligned() ? _ZnwmSt11align_val_t(size, alignment) : make(alignment, size, CALLER, 0);
}
