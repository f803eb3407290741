/* Creating threads: libc's pthread_create with the privileged part's rights, because
 * stacks that it uses again have the key of their last owner, and because the kernel
 * lets nobody else start threads.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "signals.h"

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static int lock;
/* Areas 1 to used - 1 were given out; those that were given back are in the list. */
static uint32_t used = 1, spare_count, look_at = 1;
static uint16_t spare[UKL_THREADS];

static void give_back(struct ukl_thread *thread)
{
	uintptr_t slot = ukl_slot(thread);
	struct ukl_signals *signals = (struct ukl_signals *)(ukl_private(thread) + UKL_SAVED);

	for (int id = 1; id < UKL_IDS; id++) {
		const struct ukl_mailbox *box = &signals->mailbox[id];

		if (thread->low[id])
			ukl_sys_munmap((void *)(thread->low[id] - 4096), thread->high[id] - thread->low[id] + 8192);
		if (box->low)
			ukl_sys_munmap((void *)(box->low - 4096), box->high - box->low + 4096);
	}
	ukl_sys_madvise(ukl_private(thread), UKL_PRIVATE_SIZE, MADV_DONTNEED);
	ukl_sys_madvise(ukl_marks(thread), UKL_MARKS_SIZE, MADV_DONTNEED);
	ukl_sys_madvise(thread, UKL_RECORD_SIZE, MADV_DONTNEED);
	spare[spare_count++] = (uint16_t)slot;
}

/* A thread that has ended cannot clear up after itself: a few of the others are looked
   at whenever one is created. */
static void collect(void)
{
	for (int i = 0; i < 4 && used > 1; i++) {
		struct ukl_thread *thread;

		if (look_at >= used)
			look_at = 1;
		thread = ukl_thread_of(look_at++);
		if (thread->tid && thread->tid != ~0u && thread != __ukl_gate.thread &&
		    ukl_sys_tgkill(ukl_sys_getpid(), thread->tid, 0) == -ESRCH)
			give_back(thread);
	}
}

static struct ukl_thread *take_area(void)
{
	struct ukl_thread *thread = NULL;

	__ukl_lock(&lock);
	/* After fork it is another one. */
	__ukl_gate.thread->tid = (uint32_t)ukl_sys_gettid();
	collect();
	if (spare_count)
		thread = ukl_thread_of(spare[--spare_count]);
	else if (used < UKL_THREADS)
		thread = ukl_thread_of(used++);
	if (thread)
		thread->tid = ~0u;
	__ukl_unlock(&lock);
	return thread;
}

void *__ukl_thread_start(void *);

long __ukl_priv_thread_create(void *(*start)(void *), void *argument, uint64_t stack_size,
			      uint64_t guard_size, uint64_t mask, uint32_t detached)
{
	uint64_t all = ~0ul, before = 0;
	struct ukl_thread *thread;
	pthread_attr_t attributes;
	pthread_t made = 0;
	int error;

	/* No signal may come to the new thread before it can take one. */
	ukl_sys_rt_sigprocmask(SIG_BLOCK, &all, &before, 8);
	thread = take_area();
	if (!thread) {
		ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
		return -EAGAIN;
	}
	thread->home = (uint32_t)ukl_caller();
	thread->start = start;
	thread->argument = argument;
	thread->mask = mask;
	pthread_attr_init(&attributes);
	if (detached)
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = stack_size ? pthread_attr_setstacksize(&attributes, stack_size) : 0;
	if (stack_size)
		pthread_attr_setguardsize(&attributes, guard_size);
	if (!error)
		error = __real_pthread_create(&made, &attributes, __ukl_thread_start, thread);
	pthread_attr_destroy(&attributes);
	if (error) {
		__ukl_lock(&lock);
		give_back(thread);
		__ukl_unlock(&lock);
	}
	ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
	return error ? -error : (long)made;
}

void __ukl_thread_lock(int take)
{
	if (take)
		__ukl_lock(&lock);
	else
		__ukl_unlock(&lock);
}
