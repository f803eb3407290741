/* What the privileged part keeps of a thread's signal handlers and jumps.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef UKL_SIGNALS_H
#define UKL_SIGNALS_H

#include "frame.h"
#include "runtime.h"

/* A stack pointer that a handler's start has changed. */
struct ukl_changed {
	uint64_t sp, low, high;
	int id;			/* 0: none */
};

/* A handler that has not returned, and what it has interrupted. */
struct ukl_saved {
	uint64_t rights;	/* of the gate header */
	uint64_t top;		/* of the gate header: before, and when the handler started */
	uint64_t handler_top;
	struct ukl_mail *mail;
	uint64_t mail_before;
	int signo;
	int target;		/* id the handler runs in */
	int interrupted;	/* id, or -1: within a gate */
	int violation;		/* the handler is for violations */
	struct ukl_changed changed[2];
	struct ukl_kernel_frame *frame;	/* private copy, the XSAVE area behind it */
	uint64_t xsave_size;
};

/* What a handler sees: in memory of its compartment. */
struct ukl_mail {
	ucontext_t context;
	siginfo_t info;
	/* Of a violation: who wants to know, and what it is. */
	uint64_t violation_handler;
	int violator, violation_write;
	/* the XSAVE area, at the next multiple of 64 */
};

/* Memory for that; below the last one a handler may have its stack. */
struct ukl_mailbox {
	uint64_t low, high, sp;
};

#define UKL_NESTING 128

struct ukl_signals {
	struct ukl_mailbox mailbox[UKL_IDS];
	struct ukl_saved saved[UKL_NESTING];
	/* copies of frames, to the end of the area */
};

static inline struct ukl_signals *ukl_signals(void)
{
	return (struct ukl_signals *)(ukl_private(__ukl_gate.thread) + UKL_SAVED);
}

/* Whose call a frame is. A gate of one caller need not write it down. */
static inline int ukl_frame_caller(const struct ukl_frame *frame)
{
	const struct ukl_gate_info *gate;

	if (frame->gate >> 48)
		return (int)(frame->gate >> 48 & 15);
	gate = __ukl_gate_at(frame->gate);
	return gate && gate->caller < UKL_IDS ? gate->caller : 0;
}

/* Removes the innermost frame, as its gate's way back would. */
static inline void ukl_pop_frame(void)
{
	struct ukl_gate_header *header = ukl_header();
	struct ukl_frame *frame = (struct ukl_frame *)header->top - 1;

	header->sp[ukl_frame_caller(frame)] = frame->sp;
	header->top = (uint64_t)frame;
}

/* The compartment that called into the privileged part: its frame is the innermost. */
static inline int ukl_caller(void)
{
	return ukl_frame_caller((struct ukl_frame *)__ukl_gate.top - 1);
}

/* Undoes what the start of the innermost handler did to stacks and mailbox. */
void __ukl_signal_undo(struct ukl_saved *);
/* Reports. */
void __ukl_report_violation(const struct ukl_kernel_frame *, int interrupted);
int __ukl_report_overflow(const struct ukl_kernel_frame *, int interrupted);
int __ukl_report_gate(const struct ukl_kernel_frame *, int interrupted);

#endif
