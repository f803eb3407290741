/* Creating threads: memory for them, and the clone, because the kernel lets nobody else
 * start threads. The rest is libc's, with the rights of its caller.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "signals.h"

static int lock;
/* Areas 1 to used - 1 were given out; those that were given back are in the list. */
static uint32_t used = 1, spare_count, look_at = 1;
static uint16_t spare[UKL_THREADS];

static uint64_t block_all(void)
{
	uint64_t all = ~0ul, before = 0;

	ukl_sys_rt_sigprocmask(SIG_BLOCK, &all, &before, 8);
	return before;
}

static void give(uint64_t low, uint64_t high, int key)
{
	if (ukl_sys_pkey_mprotect((void *)low, high - low, PROT_READ | PROT_WRITE, key) != 0)
		__ukl_fatal("cannot give a thread's memory its key");
}

static void give_back(struct ukl_thread *thread)
{
	uintptr_t slot = ukl_slot(thread);

	/* Others may have put their own there: what was key 0, and what was their stack. */
	if (thread->end)
		__ukl_renew(thread->next, thread->end - thread->next);
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
		if (thread->released && thread->tid && thread->tid != ~0u && thread != __ukl_gate.thread &&
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

long __ukl_priv_thread_prepare(uint64_t stack_size, uint64_t guard_size)
{
	uint64_t before = block_all(), all = 1ul << UKL_STACKS_SHIFT;
	struct ukl_thread *thread = NULL;
	long slot = -EAGAIN;

	guard_size = (guard_size + 4095) & -4096ul;
	stack_size = (stack_size + 4095) & -4096ul;
	/* Half of the area is for compartments' stacks. */
	if (!__ukl_thread_shared || stack_size < __ukl_thread_shared)
		slot = -EINVAL;
	else if (guard_size < all / 2 && stack_size < all / 2 - guard_size)
		thread = take_area();
	if (thread) {
		slot = (long)ukl_slot(thread);
		thread->home = (uint32_t)ukl_caller();
		thread->creator = __ukl_gate.thread;
		thread->released = 0;
		thread->start = NULL;
		thread->end = ukl_stack_area((uintptr_t)slot + 1);
		thread->shared = thread->end - __ukl_thread_shared;
		thread->stack = thread->end - stack_size;
		/* There is nothing of others yet: no page was ever another's, or it was renewed. */
		give(thread->shared, thread->end, UKL_ID_SHARED);
		thread->next = thread->bottom = thread->stack - guard_size;
	}
	ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
	return slot;
}

/* The area, if the caller has asked for it and has not started the thread yet. */
static struct ukl_thread *prepared(uint64_t slot)
{
	struct ukl_thread *thread = slot < UKL_THREADS ? ukl_thread_of(slot) : NULL;

	if (!thread || thread->tid != ~0u || thread->creator != __ukl_gate.thread || thread->start ||
	    thread->home != (uint32_t)ukl_caller())
		return NULL;
	return thread;
}

void __ukl_priv_thread_cancel(uint64_t slot)
{
	uint64_t before = block_all();
	struct ukl_thread *thread;

	__ukl_lock(&lock);
	thread = prepared(slot);
	if (thread)
		give_back(thread);
	__ukl_unlock(&lock);
	ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
}

void __ukl_priv_thread_release(uint64_t slot)
{
	if (slot < UKL_THREADS)
		ukl_thread_of(slot)->released = 1;
}

void __ukl_priv_thread_forked(void)
{
	for (uint32_t i = 1; i < used; i++)
		if (ukl_thread_of(i) != __ukl_gate.thread)
			ukl_thread_of(i)->released = 1;
}

long __ukl_thread_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid, uint64_t child_tid, uint64_t tls);

/* From a control block to its gate header. Not from this thread's addresses, of which one is where all can write. */
static uint64_t header_offset(void)
{
	uint64_t offset;

	__asm__("movq	__ukl_gate@gottpoff(%%rip), %0" : "=r"(offset));
	return offset;
}

/*
 * Everything that the new thread has or reads before it has given up its rights is where nobody else can write: this
 * stack is private, its header is new memory of key 13.
 */
long __ukl_priv_thread_start(uint64_t slot, int (*start)(void *), void *argument, uint64_t tls, uint64_t tid)
{
	static const uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND | CLONE_THREAD |
				      CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	uint64_t header = tls + header_offset();
	uint64_t before = block_all();
	struct ukl_thread *thread = prepared(slot);
	long result = -EINVAL;

	if (thread && header >= thread->shared && header < thread->end - 4096 && header % 4096 == 0 && tls < thread->end &&
	    tid % 4 == 0 && tid >= header + 4096 && tid < thread->end) {
		struct ukl_gate_header *new = (struct ukl_gate_header *)header;

		__ukl_renew(header, 4096);
		__ukl_thread_setup(thread, new, (int)thread->home);
		new->low[thread->home] = thread->stack;
		new->high[thread->home] = thread->shared;
		give(thread->bottom, thread->shared, (int)thread->home);
		ukl_sys_mprotect((void *)thread->bottom, thread->stack - thread->bottom, PROT_NONE);
		thread->start = start;
		thread->argument = argument;
		thread->mask = before;
		result = __ukl_thread_clone(flags, (uint64_t)ukl_private(thread) + UKL_SIGNAL_STACK + UKL_SIGNAL_STACK_SIZE, tid, tid, tls);
		if (result < 0)
			thread->start = NULL;
	}
	ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
	return result;
}

int __ukl_kernel_notes;

void __ukl_thread_call(void);

/* The new thread, on the stack that will be its signal stack, with the privileged part's rights. */
void __ukl_thread_begin(void)
{
	struct ukl_gate_header *header = ukl_header();
	struct ukl_thread *thread = header->thread;
	struct ukl_registers registers = {
		.r12 = (uint64_t)thread->start,
		.r13 = (uint64_t)thread->argument,
		.rsp = thread->shared,
		.rip = (uint64_t)__ukl_thread_call,
	};

	thread->tid = (uint32_t)ukl_sys_gettid();
	__ukl_signal_stack();
	ukl_run_as(header, (int)thread->home);
	__ukl_switch(&registers, 0, thread->mask, ukl_rights((int)thread->home), 1);
}

void __ukl_thread_lock(int take)
{
	if (take)
		__ukl_lock(&lock);
	else
		__ukl_unlock(&lock);
}
