/* The program's side of signals: what libc's functions are replaced by.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "runtime.h"

int __real___libc_sigaction(int, const struct sigaction *, struct sigaction *);
int __real_sigaltstack(const stack_t *, stack_t *);

/* All of libc's functions that set a handler come here. */
int __wrap___libc_sigaction(int signo, const struct sigaction *action, struct sigaction *old)
{
	struct ukl_action before;
	uint64_t mask = 0;
	long result = 0;

	if (!ukl_self())
		return __real___libc_sigaction(signo, action, old);
	if (signo < 1 || signo > 64 || ((signo == SIGKILL || signo == SIGSTOP) && action)) {
		errno = EINVAL;
		return -1;
	}
	before = __ukl_actions[signo];
	if (action) {
		memcpy(&mask, &action->sa_mask, sizeof(mask));
		result = __ukl_priv_sigaction(signo, (uint64_t)action->sa_handler, mask,
					      (uint32_t)action->sa_flags);
	} else if (before.handler <= 1 && signo != SIGSEGV && signo != SIGILL) {
		/* What exec has left ignored. */
		return __real___libc_sigaction(signo, NULL, old);
	}
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	if (old) {
		memset(old, 0, sizeof(*old));
		old->sa_handler = (__sighandler_t)before.handler;
		old->sa_flags = (int)before.flags;
		memcpy(&old->sa_mask, &before.mask, sizeof(before.mask));
	}
	return 0;
}

/* The kernel's alternate stack is the runtime's; the program's is used for its handlers. */
int __wrap_sigaltstack(const stack_t *stack, stack_t *old)
{
	uint64_t here = (uint64_t)__builtin_frame_address(0);
	stack_t before = { .ss_flags = SS_DISABLE };
	long result = 0;

	if (!ukl_self())
		return __real_sigaltstack(stack, old);
	if (__ukl_gate.alternate) {
		before.ss_sp = (void *)__ukl_gate.alternate;
		before.ss_size = __ukl_gate.alternate_size;
		before.ss_flags = here > __ukl_gate.alternate &&
				  here <= __ukl_gate.alternate + before.ss_size ? SS_ONSTACK : 0;
	}
	if (stack) {
		if (before.ss_flags == SS_ONSTACK)
			result = -EPERM;
		else
			result = __ukl_priv_sigaltstack((uint64_t)stack->ss_sp, stack->ss_size,
							(uint32_t)stack->ss_flags);
	}
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	if (old)
		*old = before;
	return 0;
}
