/* Threads: libc creates them with its caller's rights, all but the clone itself.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "runtime.h"

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* glibc's thrd_create says so that its start routine returns int. */
#define ATTR_C11 ((const pthread_attr_t *)-1)

/* The area of the thread that this one is creating. Others could change it: the privileged
   part takes only areas that this thread has asked for. */
static __thread const struct ukl_thread *creating __attribute__((tls_model("initial-exec")));

/*
 * As pthread_create, with one difference: a stack that the caller brings is not
 * used, only its size, because the upper end of a thread's stack holds data
 * of libc that all compartments need.
 */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	int plain = !attributes || attributes == ATTR_C11, error;
	const struct ukl_thread *area, *outer = creating;
	size_t stack = 0, guard = 0;
	pthread_attr_t ours;
	long slot;

	if (!ukl_self())
		return __real_pthread_create(thread, attributes, start, argument);
	/* A copy: what it points to stays the caller's. */
	if (plain)
		pthread_getattr_default_np(&ours);
	else
		memcpy(&ours, attributes, sizeof(ours));
	pthread_attr_getstacksize(&ours, &stack);
	pthread_attr_getguardsize(&ours, &guard);
	slot = __ukl_priv_thread_prepare(stack, guard);
	if (slot > 0) {
		area = ukl_thread_of((uintptr_t)slot);
		error = pthread_attr_setstack(&ours, (void *)area->stack, area->end - area->stack);
		creating = area;
		if (!error)
			error = __real_pthread_create(thread, &ours, start, argument);
		creating = outer;
		if (error)
			__ukl_priv_thread_cancel((uint64_t)slot);
	} else {
		error = (int)-slot;
	}
	if (plain)
		pthread_attr_destroy(&ours);
	return error;
}

extern __typeof__(__wrap_pthread_create) __wrap___pthread_create
	__attribute__((alias("__wrap_pthread_create")));

/* linux/sched.h, as libc's clone_internal.h has it. */
struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

int __real___clone_internal(struct clone_args *, int (*)(void *), void *);

/* libc's own, for pthread_create and posix_spawn. */
int __wrap___clone_internal(struct clone_args *how, int (*start)(void *), void *argument)
{
	long tid;

	if (!ukl_self() || !(how->flags & CLONE_SETTLS) || !creating)
		return __real___clone_internal(how, start, argument);
	tid = __ukl_priv_thread_start(ukl_slot(creating), start, argument, how->tls, how->parent_tid);
	if (tid > 0)
		return (int)tid;
	errno = (int)-tid;
	return -1;
}

void __real___nptl_deallocate_stack(void *);

/* libc's own: who joins a thread, or the thread itself if it is detached, has done with it. */
void __wrap___nptl_deallocate_stack(void *control_block)
{
	uint64_t address = (uint64_t)control_block;

	__real___nptl_deallocate_stack(control_block);
	if (ukl_self() && address >= UKL_STACKS && address < ukl_stack_area(UKL_THREADS))
		__ukl_priv_thread_release((address - UKL_STACKS) >> UKL_STACKS_SHIFT);
}
