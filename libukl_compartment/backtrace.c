/* backtrace() of a compartment that may not read its caller's stack: it ends at the gate.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <unwind.h>

#include "signals.h"

struct trace {
	void **array;
	int count, size;	/* count: -1 for this function itself */
	_Unwind_Word cfa;
	const struct ukl_frame *frame;	/* of the innermost gate not met yet */
};

/* Called for a frame before the unwinder reads where it came from. */
static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *data)
{
	struct trace *trace = data;
	const struct ukl_gate_info *gate;
	uint64_t ip = _Unwind_GetIP(context);

	if (trace->count >= 0) {
		trace->array[trace->count] = (void *)ip;
		/* The same frame again: a loop. */
		if (trace->count > 0 && trace->array[trace->count - 1] == (void *)ip &&
		    trace->cfa == _Unwind_GetCFA(context))
			return _URC_END_OF_STACK;
		trace->cfa = _Unwind_GetCFA(context);
	}
	if (++trace->count == trace->size)
		return _URC_END_OF_STACK;
	gate = ukl_self() ? __ukl_gate_at(ip) : NULL;
	if (gate) {
		/* A handler's begin is none of a gate's. */
		do
			trace->frame--;
		while ((uint64_t)trace->frame >= (uint64_t)__ukl_gate.thread + UKL_FRAMES_FIRST && !trace->frame->gate);
		if ((uint64_t)trace->frame < (uint64_t)__ukl_gate.thread + UKL_FRAMES_FIRST ||
		    !__ukl_may(ukl_self(), ukl_frame_caller(trace->frame), 0))
			return _URC_END_OF_STACK;
	}
	return _URC_NO_REASON;
}

int __wrap_backtrace(void **array, int size)
{
	struct trace trace = {
		.array = array,
		.count = -1,
		.size = size,
		.frame = (const struct ukl_frame *)__ukl_gate.top,
	};

	if (size <= 0)
		return 0;
	_Unwind_Backtrace(add, &trace);
	/* The end of the stack is a frame without an address. */
	if (trace.count > 1 && !array[trace.count - 1])
		trace.count--;
	return trace.count < 0 ? 0 : trace.count;
}
