/* longjmp and its family: libc's within a compartment, ours across gates.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>

#include "runtime.h"

void __real_longjmp(struct __jmp_buf_tag *, int) __attribute__((noreturn));

struct ukl_mark *__ukl_mark_find(uint64_t buffer)
{
	struct ukl_mark *marks = ukl_marks(__ukl_gate.thread);
	unsigned at = ukl_mark_hash(buffer);

	for (unsigned i = 0; i < UKL_MARK_PROBES; i++) {
		struct ukl_mark *mark = &marks[(at + i) % UKL_MARK_COUNT];

		if (mark->buffer == buffer)
			return mark;
	}
	return NULL;
}

void __wrap_longjmp(struct __jmp_buf_tag *buffer, int value) __attribute__((noreturn));
void __wrap_longjmp(struct __jmp_buf_tag *buffer, int value)
{
	const struct ukl_gate_header *header = ukl_header();
	const struct ukl_mark *mark;

	if (ukl_self()) {
		mark = __ukl_mark_find((uint64_t)buffer);
		if (mark && !(mark->id == header->id && mark->top == header->top && mark->level == header->level))
			__ukl_priv_longjmp((uint64_t)buffer, value);
	}
	__real_longjmp(buffer, value);
}

void __wrap__longjmp(struct __jmp_buf_tag *, int) __attribute__((noreturn, alias("__wrap_longjmp")));
void __wrap_siglongjmp(struct __jmp_buf_tag *, int) __attribute__((noreturn, alias("__wrap_longjmp")));
void __wrap___longjmp_chk(struct __jmp_buf_tag *, int) __attribute__((noreturn, alias("__wrap_longjmp")));
