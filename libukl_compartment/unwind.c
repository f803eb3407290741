/* Exceptions and thread cancellation through gates.
 *
 * For an unwinder a gate is a function that catches everything: it cannot look
 * further, because the caller's stack may be closed to it. The gate goes back to its
 * caller, which raises the exception anew.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <unwind.h>

#include "runtime.h"

/* libstdc++'s, if the program is C++. */
void *__cxa_begin_catch(void *) __attribute__((weak));
void _ZSt9terminatev(void) __attribute__((weak, noreturn));

_Unwind_Reason_Code __ukl_gate_personality(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
					   struct _Unwind_Exception *exception, struct _Unwind_Context *context)
{
	(void)version;
	(void)class;
	if (actions & _UA_SEARCH_PHASE)
		return _URC_HANDLER_FOUND;
	_Unwind_SetGR(context, __builtin_eh_return_data_regno(0), (_Unwind_Word)exception);
	_Unwind_SetIP(context, (_Unwind_Ptr)_Unwind_GetLanguageSpecificData(context));
	return _URC_INSTALL_CONTEXT;
}

/*
 * pthread_exit and cancellation: libc unwinds to a buffer on the stack of whoever
 * has one, in the end of the thread's start function. A compartment that does not
 * own that stack may not read it: it leaves by an exception of ours, gate by gate.
 */
#define OUR_CLASS 0x554b4c0045584954ul	/* "UKL\0EXIT" */

static __thread struct _Unwind_Exception leaving __attribute__((tls_model("initial-exec")));
static __thread void *leaving_to __attribute__((tls_model("initial-exec")));

void __real___pthread_unwind(void *buffer) __attribute__((noreturn));

static _Unwind_Reason_Code go_on(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
				 struct _Unwind_Exception *exception, struct _Unwind_Context *context, void *parameter)
{
	(void)version;
	(void)class;
	(void)exception;
	(void)context;
	(void)parameter;
	return actions & _UA_END_OF_STACK ? _URC_NORMAL_STOP : _URC_NO_REASON;
}

void __wrap___pthread_unwind(void *buffer) __attribute__((noreturn));
void __wrap___pthread_unwind(void *buffer)
{
	const struct ukl_gate_header *header = ukl_header();
	uint64_t address = (uint64_t)buffer;
	int id = ukl_self();

	if (!id || id == (int)header->thread->home || (address >= header->low[id] && address < header->high[id]))
		__real___pthread_unwind(buffer);
	leaving_to = buffer;
	leaving = (struct _Unwind_Exception){ .exception_class = OUR_CLASS };
	_Unwind_ForcedUnwind(&leaving, go_on, NULL);
	__ukl_fatal("no way out of a compartment for a thread that ends");
}

/* After a handler of pthread_cleanup_push. libc's private part begins with the next buffer. */
void __wrap___pthread_unwind_next(__pthread_unwind_buf_t *buffer) __attribute__((noreturn));
void __wrap___pthread_unwind_next(__pthread_unwind_buf_t *buffer)
{
	__wrap___pthread_unwind(buffer->__pad[0]);
}

void __ukl_gate_rethrow(struct _Unwind_Exception *exception)
{
	if (exception == &leaving)
		__wrap___pthread_unwind(leaving_to);
	/* Comes back if nobody catches it. */
	_Unwind_Resume_or_Rethrow(exception);
	if (__cxa_begin_catch)
		__cxa_begin_catch(exception);
	if (_ZSt9terminatev)
		_ZSt9terminatev();
	abort();
}
