/* Addresses of the runtime's own memory: fixed, so that no pointer to it has to
 * be kept where a compartment could change it. Shared with assembly.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef UKL_LAYOUT_H
#define UKL_LAYOUT_H

#ifdef __ASSEMBLER__
# define UKL_U(x) x
#else
# define UKL_U(x) x##ul
#endif

#define UKL_THREADS UKL_U(65536)

/* A thread's stacks: 1 GiB each, used from the upper end. First its own with its thread-local variables and its control
   block, then those of compartments. All of it is of key 13 until it is used. Below the first: pages that are never used. */
#define UKL_STACKS UKL_U(0x200000000000)
#define UKL_STACKS_SHIFT 30
#define UKL_PRISTINE (UKL_STACKS - UKL_PRISTINE_SIZE)
#define UKL_PRISTINE_SIZE UKL_U(0x80000000)

/* A thread's area in key 13: struct ukl_thread, the stack of __ukl_gate_stack, frames. */
#define UKL_RECORDS UKL_U(0x600000000000)
#define UKL_RECORD_SIZE UKL_U(0x10000)
#define UKL_HEADER_THREAD 0x1c0			/* offset of struct ukl_gate_header's thread */
#define UKL_THREAD_SCRATCH 8			/* offset of struct ukl_thread's scratch */
#define UKL_SCRATCH_FIRST 0x400			/* offset, above struct ukl_thread */
#define UKL_SCRATCH_STEP 0x400			/* for each use: a signal handler may nest */
#define UKL_SCRATCH_END UKL_U(0x1000)		/* offset */
#define UKL_FRAMES UKL_U(0x1000)
#define UKL_FRAMES_FIRST UKL_U(0x1020)		/* below it frames of zeros, which no gate takes for its own */
#define UKL_FRAMES_END UKL_U(0xf000)		/* a guard page follows */

/* The runtime's private area of a thread, the private key: 1 MiB each. */
#define UKL_PRIVATE UKL_U(0x600100000000)
#define UKL_PRIVATE_SIZE UKL_U(0x100000)
#define UKL_SIGNAL_STACK UKL_U(0x10000)		/* offset; the kernel puts signal frames there */
#define UKL_SIGNAL_STACK_SIZE UKL_U(0x20000)
#define UKL_SWITCH UKL_U(0x38000)		/* offset; frames of our own making */
#define UKL_SAVED UKL_U(0x40000)		/* offset: struct ukl_signals and what it saves */
#define UKL_SAVED_SIZE UKL_U(0x80000)
#define UKL_JUMPS UKL_U(0xd0000)		/* offset: the registers of setjmp */

/* What setjmp has registered, key 13: 64 KiB per thread. */
#define UKL_MARKS UKL_U(0x601200000000)
#define UKL_MARKS_SIZE UKL_U(0x10000)

/* malloc's memory: an arena per key. */
#define UKL_HEAP UKL_U(0x610000000000)
#define UKL_HEAP_SHIFT 36
#define UKL_HEAP_SIZE (UKL_U(1) << UKL_HEAP_SHIFT)

#endif
