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

void __ukl_gate_rethrow(struct _Unwind_Exception *exception)
{
	/* Comes back if nobody catches it. */
	_Unwind_Resume_or_Rethrow(exception);
	if (__cxa_begin_catch)
		__cxa_begin_catch(exception);
	if (_ZSt9terminatev)
		_ZSt9terminatev();
	abort();
}
