/* Threads: created by the privileged part, as their creator.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime.h"

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* glibc's thrd_create says so that its start routine returns int. */
#define ATTR_C11 ((const pthread_attr_t *)-1)

/*
 * As pthread_create, with two differences: a stack that the caller brings is not
 * used, only its size, because the upper end of a thread's stack holds data
 * of libc that all compartments need; scheduling attributes are set when
 * the thread exists already.
 */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	size_t stack = 0, guard = 0;
	int detached = PTHREAD_CREATE_JOINABLE, inherit = PTHREAD_INHERIT_SCHED, policy = 0;
	struct sched_param parameter = { 0 };
	uint64_t mask = 0;
	sigset_t set;
	cpu_set_t cpus;
	long result;

	if (!ukl_self())
		return __real_pthread_create(thread, attributes, start, argument);
	ukl_sys_rt_sigprocmask(SIG_BLOCK, NULL, &mask, 8);
	if (attributes && attributes != ATTR_C11) {
		pthread_attr_getstacksize(attributes, &stack);
		pthread_attr_getguardsize(attributes, &guard);
		pthread_attr_getdetachstate(attributes, &detached);
		pthread_attr_getinheritsched(attributes, &inherit);
		pthread_attr_getschedpolicy(attributes, &policy);
		pthread_attr_getschedparam(attributes, &parameter);
		if (pthread_attr_getsigmask_np(attributes, &set) == 0)
			memcpy(&mask, &set, sizeof(mask));
	}
	result = __ukl_priv_thread_create(start, argument, stack, guard, mask, detached == PTHREAD_CREATE_DETACHED);
	if (result < 0 && result > -4096)
		return (int)-result;
	if (attributes && attributes != ATTR_C11 && detached == PTHREAD_CREATE_JOINABLE) {
		if (inherit == PTHREAD_EXPLICIT_SCHED)
			pthread_setschedparam((pthread_t)result, policy, &parameter);
		if (pthread_attr_getaffinity_np(attributes, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) < CPU_SETSIZE)
			pthread_setaffinity_np((pthread_t)result, sizeof(cpus), &cpus);
	}
	*thread = (pthread_t)result;
	return 0;
}

extern __typeof__(__wrap_pthread_create) __wrap___pthread_create
	__attribute__((alias("__wrap_pthread_create")));

/*
 * The thread's first function, with the privileged part's rights until its header
 * and stack are ready. What the stack held before, as another compartment's, is
 * thrown away. The thread control block and the thread-local variables above the
 * stack begin at a page, because the gate header does; they stay key 0.
 */
void *__ukl_thread_start(void *area)
{
	struct ukl_thread *thread = area;
	struct ukl_gate_header *header = &__ukl_gate;
	uint64_t top = ((uint64_t)__builtin_frame_address(0) + 4096) & -4096ul;
	uint64_t here = (uint64_t)__builtin_frame_address(0) & -4096ul;
	int home = (int)thread->home;
	pthread_attr_t attributes;
	size_t size;
	void *low;

	__ukl_thread_setup(thread, home);
	__ukl_signal_stack();
	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		__ukl_fatal("cannot find a thread's stack");
	pthread_attr_getstack(&attributes, &low, &size);
	pthread_attr_destroy(&attributes);
	if ((uint64_t)low < here - 4096)
		madvise(low, here - 4096 - (uint64_t)low, MADV_DONTNEED);
	if (ukl_sys_pkey_mprotect(low, top - (uint64_t)low, PROT_READ | PROT_WRITE, home) != 0)
		__ukl_fatal("cannot give a thread's stack its key");
	header->low[home] = (uint64_t)low;
	header->high[home] = top;
	__ukl_become(home, thread->mask);
	return thread->start(thread->argument);
}
