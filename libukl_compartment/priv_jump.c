/* Jumps across gates.
 *
 * The registers that setjmp saves are kept here as well, in private memory: a
 * jmp_buf that other compartments can write, or that lies in theirs, is no way to
 * make its owner run elsewhere. What may be reached is what setjmp was called
 * for, by this thread, in a call that has not returned.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <signal.h>

#include "signals.h"

struct jump {
	struct ukl_registers registers;
	uint64_t mask;
	uint64_t has_mask;
};

_Static_assert(UKL_JUMPS + UKL_MARK_COUNT * sizeof(struct jump) <= UKL_PRIVATE_SIZE, "they fit");

static struct jump *jump_of(const struct ukl_mark *mark)
{
	const struct ukl_thread *thread = __ukl_gate.thread;

	return (struct jump *)(ukl_private(thread) + UKL_JUMPS) + (mark - ukl_marks(thread));
}

static int on_stack(uint64_t rsp, unsigned id)
{
	return rsp > __ukl_gate.low[id] && rsp <= __ukl_gate.high[id];
}

/* Can nobody jump there any more? */
static int is_stale(const struct ukl_mark *mark, unsigned id, uint64_t top, uint64_t rsp)
{
	uint64_t marked;

	if (!mark->buffer || mark->top > top || mark->level > __ukl_gate.level)
		return 1;
	if (mark->id != id || mark->top != top || mark->level != __ukl_gate.level)
		return 0;
	marked = jump_of(mark)->registers.rsp;
	return on_stack(marked, id) && on_stack(rsp, id) && marked < rsp;
}

static struct ukl_mark *place_for(uint64_t buffer, unsigned id, uint64_t top, uint64_t rsp)
{
	struct ukl_mark *marks = ukl_marks(__ukl_gate.thread), *found = __ukl_mark_find(buffer);
	unsigned at = ukl_mark_hash(buffer);

	if (found)
		return found;
	for (unsigned i = 0; i < UKL_MARK_PROBES; i++) {
		found = &marks[(at + i) % UKL_MARK_COUNT];
		if (is_stale(found, id, top, rsp))
			return found;
	}
	/* Too many at a time: a jump across a gate to the one that is lost ends the program. */
	return &marks[at];
}

/* buffer: bit 0 set if the signal mask is to be restored. The rest is what longjmp is
   to establish in the caller. */
void __ukl_priv_setjmp(uint64_t buffer, uint64_t rsp, uint64_t rip, uint64_t rbx, uint64_t rbp,
		       uint64_t r12, uint64_t r13, uint64_t r14, uint64_t r15)
{
	struct ukl_gate_header *header = ukl_header();
	unsigned id = (unsigned)ukl_caller();
	uint64_t top = header->top - sizeof(struct ukl_frame);
	struct ukl_mark *mark = place_for(buffer & ~1ul, id, top, rsp);
	struct jump *jump = jump_of(mark);

	mark->buffer = 0; /* until it is complete: a handler may jump */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	jump->registers = (struct ukl_registers){
		.rbx = rbx, .rbp = rbp, .r12 = r12, .r13 = r13, .r14 = r14, .r15 = r15,
		.rsp = rsp, .rip = rip,
	};
	jump->has_mask = buffer & 1;
	if (jump->has_mask)
		ukl_sys_rt_sigprocmask(SIG_BLOCK, NULL, &jump->mask, 8);
	mark->top = top;
	mark->level = header->level;
	mark->id = id;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	mark->buffer = buffer & ~1ul;
}

void __ukl_priv_longjmp(uint64_t buffer, int value)
{
	struct ukl_gate_header *header = ukl_header();
	const struct ukl_mark *mark = __ukl_mark_find(buffer);
	int ran = ukl_caller(), may_be = -1;
	uint64_t all = ~0ul, mask = 0, left = 0;
	const struct jump *jump;

	if (!mark)
		__ukl_fatal("longjmp across a gate to a place that setjmp does not know");
	ukl_sys_rt_sigprocmask(SIG_BLOCK, &all, &mask, 8);
	jump = jump_of(mark);
	ukl_pop_frame();
	while (header->level > mark->level) {
		struct ukl_saved *saved = &ukl_signals()->saved[header->level - 1];

		while (header->top > saved->handler_top)
			ukl_pop_frame();
		ran = saved->interrupted;
		left = saved->frame->context.regs[REG_RSP];
		__ukl_signal_undo(saved);
		/* A gate was interrupted: it was on the way from or back to one of these. */
		if (ran < 0) {
			ran = (int)header->id;
			may_be = ukl_frame_caller((struct ukl_frame *)header->top);
		}
	}
	while (header->top > mark->top) {
		const struct ukl_frame *frame = (struct ukl_frame *)header->top - 1;

		ran = ukl_frame_caller(frame);
		may_be = -1;
		left = header->sp[ran];
		ukl_pop_frame();
	}
	if (header->top != mark->top || header->level != mark->level ||
	    ((unsigned)ran != mark->id && (unsigned)may_be != mark->id) ||
	    (on_stack(left, (unsigned)mark->id) && on_stack(jump->registers.rsp, (unsigned)mark->id) &&
	     jump->registers.rsp < left))
		__ukl_fatal("longjmp across a gate to a function that has returned");
	ukl_run_as(header, (int)mark->id);
	__ukl_switch(&jump->registers, value ? (uint64_t)(unsigned)value : 1, jump->has_mask ? jump->mask : mask,
		     ukl_rights((int)mark->id), 0);
}
