/* A thread's gate header, areas and home stack.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <sys/mman.h>

#include "runtime.h"

__thread struct ukl_gate_header __ukl_gate
	__attribute__((aligned(4096), tls_model("initial-exec")));

/* A thread is known by the kernel's number for it: libc's own structures are
   where everybody can write. */
void __ukl_thread_setup(struct ukl_thread *thread, struct ukl_gate_header *header, int home)
{
	char *private = ukl_private(thread);

	header->top = (uint64_t)thread + UKL_FRAMES_FIRST;
	header->thread = thread;
	header->self = header;
	thread->home = (uint32_t)home;
	thread->scratch = (uint64_t)thread + UKL_SCRATCH_END;
	ukl_sys_mprotect((char *)thread + UKL_FRAMES_END, 4096, PROT_NONE);
	ukl_sys_mprotect(private + UKL_SIGNAL_STACK - 4096, 4096, PROT_NONE);
}

void __ukl_signal_stack(void)
{
	stack_t stack = {
		.ss_sp = ukl_private(__ukl_gate.thread) + UKL_SIGNAL_STACK,
		.ss_size = UKL_SIGNAL_STACK_SIZE,
	};

	if (ukl_sys_sigaltstack(&stack, NULL) != 0)
		__ukl_fatal("cannot set a stack for signals");
}

void __ukl_take_rights(uint64_t mask, uint32_t pkru);

void __ukl_become(int id, uint64_t mask)
{
	uint64_t all = ~0ul;

	ukl_sys_rt_sigprocmask(SIG_BLOCK, &all, NULL, 8);
	ukl_run_as(ukl_header(), id);
	__ukl_take_rights(mask, ukl_rights(id));
}
