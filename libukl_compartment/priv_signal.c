/* Signals in a program with compartments.
 *
 * The kernel knows one handler, for all signals: priv_entry.S, with the thread's
 * signal stack in the private key, all keys open and all signals blocked. The
 * dispatcher keeps the frame where no compartment can read or write it, puts a copy
 * into memory of the compartment that installed the program's handler, and starts
 * that there, by rt_sigreturn. When the handler is done, __ukl_priv_sigreturn
 * restores from the frame, with the changes that this compartment may make.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "signals.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)	/* linux/signal.h */
#endif
#define SIGCANCEL 32	/* glibc's own, */
#define SIGSETXID 33	/* internal-signals.h */

#define MAILBOX_SIZE ((size_t)1 << 20)
#define RED_ZONE 128

struct ukl_action __ukl_actions[65];
static int actions_lock;
/* ukl_on_violation: the handler and whose it is. */
static uint64_t violation_handler;
static int violation_id;

struct kernel_action {
	void *handler;
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

#define SA_RESTORER 0x04000000u

static int is_watched(int signo)
{
	return signo == SIGSEGV || signo == SIGILL;
}

static long kernel_action(int signo, void *handler, uint32_t flags)
{
	struct kernel_action action = {
		.handler = handler,
		.flags = flags | SA_SIGINFO | SA_ONSTACK | SA_RESTORER,
		.restorer = __ukl_signal_restorer(),
		.mask = ~0ul,
	};

	return ukl_sys_rt_sigaction(signo, &action, NULL, 8);
}

void __ukl_signal_setup(void)
{
	kernel_action(SIGSEGV, __ukl_signal_entry(), 0);
	kernel_action(SIGILL, __ukl_signal_entry(), 0);
}

static uint64_t block_all(void)
{
	uint64_t all = ~0ul, before = 0;

	ukl_sys_rt_sigprocmask(SIG_BLOCK, &all, &before, 8);
	return before;
}

/*
 * Libc's handlers for its own signals run in whatever they interrupt, so nobody else's may. They are known by name, as one is a static
 * function, and are in no compartment's code.
 */
static int is_libcs(int signo, uint64_t handler)
{
	const char *wanted = signo == SIGCANCEL ? "sigcancel_handler" : "__nptl_setxid_sighandler", *name;
	uint64_t start = 0;

	for (int id = UKL_ID_MAIN + 1; id < UKL_IDS; id++)
		if (handler >= (uint64_t)__ukl_compartments.part[id].text && handler < (uint64_t)__ukl_compartments.part[id].text_end)
			return 0;
	name = __ukl_function_name(handler, &start);
	while (name && *name && *name == *wanted)
		name++, wanted++;
	return name && start == handler && !*name && !*wanted;
}

/* The caller is the compartment that the handler will run in. */
long __ukl_priv_sigaction(int signo, uint64_t handler, uint64_t mask, uint32_t flags)
{
	uint64_t before;
	int plain = handler == (uint64_t)SIG_DFL || handler == (uint64_t)SIG_IGN;
	/* Faults are always looked at first. What is left of a handler's flags matters to the kernel. */
	uint32_t kept = flags & (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_RESTART);
	long result;

	if (signo < 1 || signo >= (int)(sizeof(__ukl_actions) / sizeof(*__ukl_actions)))
		return -EINVAL;
	if ((signo == SIGCANCEL || signo == SIGSETXID) && !is_libcs(signo, handler))
		return -EPERM;
	before = block_all();
	__ukl_lock(&actions_lock);
	if (!plain)
		result = kernel_action(signo, __ukl_signal_entry(), kept);
	else if (is_watched(signo))
		result = kernel_action(signo, __ukl_signal_entry(), 0);
	else
		result = kernel_action(signo, (void *)handler, kept);
	if (result == 0)
		__ukl_actions[signo] = (struct ukl_action){
			.handler = handler,
			.mask = mask,
			.flags = flags,
			.id = (uint32_t)ukl_caller(),
		};
	__ukl_unlock(&actions_lock);
	ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
	return result;
}

/* What the kernel would say to these arguments, the program's own stack being out of use. */
long __ukl_priv_sigaltstack(uint64_t sp, uint64_t size, uint32_t flags)
{
	struct ukl_gate_header *header = ukl_header();

	if (flags & ~(uint32_t)(SS_DISABLE | SS_ONSTACK | SS_AUTODISARM))
		return -EINVAL;
	if (!(flags & SS_DISABLE) && size < 2048)
		return -ENOMEM;
	header->alternate = flags & SS_DISABLE ? 0 : sp;
	header->alternate_size = flags & SS_DISABLE ? 0 : size;
	header->alternate_flags = flags & (SS_DISABLE | SS_AUTODISARM);
	header->alternate_id = (uint32_t)ukl_caller();
	return 0;
}

/* The first that asks has it, or main. */
long __ukl_priv_violation_handler(uint64_t handler)
{
	uint64_t before = block_all();
	int id = ukl_caller();
	long result = -EPERM;

	__ukl_lock(&actions_lock);
	if (!violation_handler || violation_id == id || id == UKL_ID_MAIN) {
		violation_handler = handler;
		violation_id = id;
		result = 0;
	}
	__ukl_unlock(&actions_lock);
	ukl_sys_rt_sigprocmask(SIG_SETMASK, &before, NULL, 8);
	return result;
}

static int within(uint64_t address, uint64_t low, uint64_t high)
{
	return address > low && address <= high;
}

static size_t xsave_size(const struct ukl_kernel_frame *frame)
{
	struct ukl_xsave_software *software = ukl_xsave_software((void *)frame->context.fpstate);

	return software->magic1 == UKL_XSAVE_MAGIC1 ? software->extended_size : 512;
}

/* The compartment that ran, or -1: a gate was about to change that. */
static int interrupted_id(const struct ukl_kernel_frame *frame)
{
	const struct ukl_gate_header *header = ukl_header();

	if (!header->id || __ukl_xsave_rights((void *)frame->context.fpstate) != ukl_rights((int)header->id) ||
	    __ukl_gate_at(frame->context.regs[REG_RIP]))
		return -1;
	return (int)header->id;
}

/* --- the dispatcher --- */

static struct ukl_saved *save(struct ukl_kernel_frame *frame, int signo, int interrupted)
{
	struct ukl_gate_header *header = ukl_header();
	struct ukl_signals *signals = ukl_signals();
	struct ukl_saved *saved = &signals->saved[header->level];
	size_t size = xsave_size(frame);
	char *place = (char *)(signals + 1), *end = ukl_private(header->thread) + UKL_SAVED + UKL_SAVED_SIZE;

	if (header->level >= UKL_NESTING)
		__ukl_fatal("signal handlers are nested too deeply");
	if (header->level > 0) {
		struct ukl_saved *outer = saved - 1;

		place = (char *)outer->frame + 1024 + outer->xsave_size;
	}
	/* The XSAVE area is 1024 bytes behind the frame and at a multiple of 64. */
	place = (char *)(((uintptr_t)place + 63) & ~63ul);
	if (place + 1024 + size > end)
		__ukl_fatal("signal handlers are nested too deeply");
	saved->frame = (struct ukl_kernel_frame *)place;
	saved->xsave_size = size;
	memcpy(place, frame, sizeof(*frame));
	memcpy(place + 1024, (void *)frame->context.fpstate, size);
	saved->frame->context.fpstate = (uint64_t)place + 1024;
	/* At every return the whole signal stack is there again. */
	saved->frame->context.stack = (stack_t){
		.ss_sp = ukl_private(header->thread) + UKL_SIGNAL_STACK,
		.ss_size = UKL_SIGNAL_STACK_SIZE,
	};
	saved->rights = header->rights;
	saved->top = header->top;
	saved->signo = signo;
	saved->interrupted = interrupted;
	saved->violation = 0;
	saved->changed[0].id = saved->changed[1].id = 0;
	/* A gate may have begun to write frames above the top. */
	if (interrupted < 0)
		header->top += 2 * sizeof(struct ukl_frame);
	saved->handler_top = header->top;
	/* Libc's handler leaves by all gates. */
	if (signo == SIGCANCEL)
		return saved;
	/*
	 * Then one that no gate takes for its own: the handler must not return for the call that it has interrupted, nor for one that
	 * was over before.
	 */
	if (header->top + sizeof(struct ukl_frame) > (uint64_t)header->thread + UKL_FRAMES_END)
		__ukl_fatal("signal handlers are nested too deeply");
	*(struct ukl_frame *)header->top = (struct ukl_frame){ 0 };
	header->top += sizeof(struct ukl_frame);
	saved->handler_top = header->top;
	return saved;
}

static void change(struct ukl_changed *changed, int id, uint64_t sp)
{
	struct ukl_gate_header *header = ukl_header();

	changed->id = id;
	changed->sp = header->sp[id];
	changed->low = header->low[id];
	changed->high = header->high[id];
	header->sp[id] = sp;
	if (!sp)
		header->low[id] = header->high[id] = 0;
}

/* Calls from the handler into what it has interrupted must not overwrite its stack. A
   stack that the runtime does not know is one that the program has switched to: then the
   compartment gets a new one. */
static void keep_stacks(struct ukl_saved *saved, uint64_t rsp)
{
	struct ukl_gate_header *header = ukl_header();
	int id = saved->interrupted;
	unsigned count = 0;

	if (id > 0) {
		if (within(rsp, header->low[id], header->high[id]))
			change(&saved->changed[0], id, (rsp - RED_ZONE) & ~15ul);
		else
			change(&saved->changed[0], id, 0);
		return;
	}
	for (id = UKL_ID_MAIN; id < UKL_IDS; id++)
		if (within(rsp, header->low[id], header->high[id]) && count < 2 &&
		    (!header->sp[id] || header->sp[id] > rsp - RED_ZONE))
			change(&saved->changed[count++], id, (rsp - RED_ZONE) & ~15ul);
}

static uint64_t lower(uint64_t sp, const struct ukl_mailbox *box, uint64_t other)
{
	return within(other, box->low, box->high) && other - RED_ZONE < sp ? other - RED_ZONE : sp;
}

/* What the handler is to see, in its compartment's memory at an address of ours. */
static struct ukl_mail *post(struct ukl_saved *saved, uint64_t rsp)
{
	struct ukl_gate_header *header = ukl_header();
	int id = saved->target, from = saved->interrupted;
	struct ukl_mailbox *box = &ukl_signals()->mailbox[id];
	const struct ukl_kernel_context *context = &saved->frame->context;
	uint64_t place;
	struct ukl_mail *mail;
	char *xsave;

	if (!box->low) {
		long low = __ukl_take_memory(MAILBOX_SIZE);

		if ((low < 0 && low > -4096) ||
		    ukl_sys_pkey_mprotect((void *)low, MAILBOX_SIZE, PROT_READ | PROT_WRITE, id) != 0)
			__ukl_fatal("no memory for signal handlers");
		/* The lowest page is a guard: handlers may have their stack here. */
		ukl_sys_mprotect((void *)low, 4096, PROT_NONE);
		box->low = (uint64_t)low + 4096;
		box->high = box->sp = (uint64_t)low + MAILBOX_SIZE;
	}
	place = lower(lower(box->sp, box, rsp), box, header->sp[id]);
	xsave = (char *)((place - saved->xsave_size) & ~63ul);
	mail = (struct ukl_mail *)(((uint64_t)xsave - sizeof(*mail)) & ~63ul);
	if ((uint64_t)mail < box->low + 8192)
		__ukl_fatal("signal handlers are nested too deeply");
	saved->mail = mail;
	saved->mail_before = box->sp;
	box->sp = (uint64_t)mail;

	memset(mail, 0, sizeof(*mail));
	memcpy(xsave, (void *)context->fpstate, saved->xsave_size);
	mail->info = saved->frame->info;
	mail->context.uc_flags = context->flags;
	mail->context.uc_stack.ss_sp = (void *)header->alternate;
	mail->context.uc_stack.ss_size = header->alternate_size;
	mail->context.uc_stack.ss_flags = header->alternate ? 0 : SS_DISABLE;
	memcpy(&mail->context.uc_mcontext, context->regs, sizeof(context->regs));
	mail->context.uc_mcontext.fpregs = (void *)xsave;
	memcpy(&mail->context.uc_sigmask, &context->mask, sizeof(context->mask));
	/* Registers are as secret as memory. */
	if (from < 0 || !__ukl_may(id, from, 0)) {
		memset(&mail->context.uc_mcontext, 0, sizeof(context->regs));
		mail->context.uc_mcontext.gregs[REG_RIP] = (greg_t)context->regs[REG_RIP];
		mail->context.uc_mcontext.gregs[REG_RSP] = (greg_t)context->regs[REG_RSP];
		memset(xsave, 0, UKL_XSAVE_SOFTWARE);
		memset(xsave + UKL_XSAVE_HEADER, 0, saved->xsave_size - UKL_XSAVE_HEADER);
	}
	return mail;
}

/* Where the handler's stack begins. */
static uint64_t handler_stack(const struct ukl_saved *saved, const struct ukl_action *action, uint64_t rsp,
			      uint64_t sp)
{
	const struct ukl_gate_header *header = ukl_header();
	uint64_t stack;

	if (saved->interrupted < 0)
		return (uint64_t)saved->mail;
	if (saved->interrupted == saved->target)
		stack = rsp - RED_ZONE;
	else
		stack = sp ? sp : __ukl_stack_make(saved->target);
	if ((action->flags & SA_ONSTACK) && header->alternate && header->alternate_id == (uint32_t)saved->target &&
	    !within(stack, header->alternate, header->alternate + header->alternate_size))
		stack = header->alternate + header->alternate_size;
	return stack;
}

/* violation: the handler, if the signal is one and somebody wants to know; else 0. */
static void start_handler(struct ukl_kernel_frame *frame, int signo, const struct ukl_action *action,
			  int interrupted, uint64_t violation) __attribute__((noreturn));
static void start_handler(struct ukl_kernel_frame *frame, int signo, const struct ukl_action *action,
			  int interrupted, uint64_t violation)
{
	struct ukl_gate_header *header = ukl_header();
	uint64_t rsp = frame->context.regs[REG_RSP], mask = frame->context.mask | action->mask;
	struct ukl_saved *saved = save(frame, signo, interrupted);
	int target = (int)action->id;
	struct ukl_registers registers = { 0 };
	struct ukl_mail *mail;
	uint64_t sp;

	/* libc's own handlers act on what they interrupt. */
	if (signo == SIGCANCEL || signo == SIGSETXID)
		target = interrupted > 0 && interrupted != UKL_ID_GATE ? interrupted : (int)header->thread->home;
	saved->target = target;
	saved->violation = violation != 0;
	sp = header->sp[target];
	mail = post(saved, rsp);
	mail->violation_handler = violation;
	mail->violator = interrupted;
	mail->violation_write = !!(frame->context.regs[REG_ERR] & 2);
	registers.rsp = handler_stack(saved, action, rsp, sp) & ~15ul;
	keep_stacks(saved, rsp);
	registers.rip = (uint64_t)__ukl_signal_call;
	registers.rbx = (uint64_t)&mail->context;
	registers.r12 = action->handler;
	registers.r13 = (uint64_t)signo;
	registers.r14 = (uint64_t)&mail->info;
	registers.r15 = (uint64_t)&mail->context;
	if (!(action->flags & SA_NODEFER))
		mask |= 1ul << (signo - 1);
	header->level++;
	ukl_run_as(header, target);
	__ukl_switch(&registers, 0, mask, ukl_rights(target), 1);
}

/* The default action, from where the signal came: a core dump shows the fault. */
static void die_by(struct ukl_kernel_frame *frame, int signo) __attribute__((noreturn));
static void die_by(struct ukl_kernel_frame *frame, int signo)
{
	kernel_action(signo, (void *)SIG_DFL, 0);
	/* Sent by somebody: the instruction will not fault again. */
	if (frame->info.si_code <= 0)
		ukl_sys_tgkill(ukl_sys_getpid(), ukl_sys_gettid(), signo);
	__ukl_sigreturn(frame);
}

static void dispatch(struct ukl_kernel_frame *frame, int signo, int reported) __attribute__((noreturn));
static void dispatch(struct ukl_kernel_frame *frame, int signo, int reported)
{
	int interrupted = interrupted_id(frame);
	struct ukl_action action;

	__ukl_lock(&actions_lock);
	action = __ukl_actions[signo];
	if (signo == SIGSEGV && frame->info.si_code == SEGV_PKUERR && !reported && violation_handler) {
		uint64_t handler = violation_handler;

		action = (struct ukl_action){ .handler = (uint64_t)__ukl_violation_begin, .id = (uint32_t)violation_id };
		__ukl_unlock(&actions_lock);
		start_handler(frame, signo, &action, interrupted, handler);
	}
	if ((action.flags & SA_RESETHAND) && signo != SIGSEGV && signo != SIGILL && action.handler)
		kernel_action(signo, (void *)SIG_DFL, 0);
	if (action.flags & SA_RESETHAND)
		__ukl_actions[signo].handler = (uint64_t)SIG_DFL;
	__ukl_unlock(&actions_lock);

	if (signo == SIGSEGV && frame->info.si_code == SEGV_PKUERR)
		__ukl_report_violation(frame, interrupted);
	else if (signo == SIGSEGV && frame->info.si_code > 0)
		__ukl_report_overflow(frame, interrupted);
	if (signo == SIGILL && frame->info.si_code > 0)
		__ukl_report_gate(frame, interrupted);
	if (action.handler == (uint64_t)SIG_IGN && frame->info.si_code <= 0)
		__ukl_sigreturn(frame);
	if (action.handler == (uint64_t)SIG_DFL || action.handler == (uint64_t)SIG_IGN)
		die_by(frame, signo);
	start_handler(frame, signo, &action, interrupted, 0);
}

void __ukl_signal_dispatch(struct ukl_kernel_frame *frame, int signo)
{
	if (!__ukl_gate.thread)
		__ukl_fatal("a signal came to a thread without compartments");
	dispatch(frame, signo, 0);
}

/* --- the way back --- */

/* Stacks that were made for the handler's calls stay with the thread's list only if
   nothing else takes their place. */
void __ukl_signal_undo(struct ukl_saved *saved)
{
	struct ukl_gate_header *header = ukl_header();

	for (int i = 1; i >= 0; i--) {
		const struct ukl_changed *changed = &saved->changed[i];
		int id = changed->id;

		if (!id)
			continue;
		if (header->low[id] && header->low[id] != changed->low) {
			__ukl_leave_memory(header->low[id] - 4096, header->high[id] - header->low[id] + 8192);
			header->thread->low[id] = id == (int)header->thread->home ? 0 : changed->low;
			header->thread->high[id] = changed->high;
		}
		header->sp[id] = changed->sp;
		header->low[id] = changed->low;
		header->high[id] = changed->high;
	}
	ukl_signals()->mailbox[saved->target].sp = saved->mail_before;
	header->top = saved->top;
	if (__ukl_kernel_notes)
		header->id = saved->rights >> 32;
	else
		header->rights = saved->rights;
	header->level--;
}

/* The handler's changes to the context: to itself, or to what it could change anyway. */
static void take_changes(struct ukl_saved *saved)
{
	struct ukl_kernel_context *context = &saved->frame->context;
	const struct ukl_mail *mail = saved->mail;
	const gregset_t *regs = &mail->context.uc_mcontext.gregs;
	int from = saved->interrupted;
	uint32_t rights = __ukl_xsave_rights((void *)context->fpstate);
	char *xsave = (char *)context->fpstate;
	const char *theirs = (const char *)(((uint64_t)mail + sizeof(*mail) + 63) & ~63ul);

	if (from <= 0 || from == UKL_ID_GATE ||
	    (from != saved->target && !__ukl_may(saved->target, from, 1)))
		return;
	memcpy(context->regs, regs, 8 * REG_CSGSFS);
	memcpy(&context->mask, &mail->context.uc_sigmask, sizeof(context->mask));
	memcpy(xsave, theirs, UKL_XSAVE_SOFTWARE);
	*(uint32_t *)(xsave + UKL_XSAVE_MXCSR) &= *(uint32_t *)(xsave + 28) ? *(uint32_t *)(xsave + 28) : 0xffbf;
	if (saved->xsave_size > UKL_XSAVE_COMPONENTS) {
		memcpy(xsave + UKL_XSAVE_COMPONENTS, theirs + UKL_XSAVE_COMPONENTS,
		       saved->xsave_size - UKL_XSAVE_COMPONENTS - 4);
		/* Whatever they wrote: the rights are the old ones. */
		__ukl_xsave_set_rights(xsave, rights);
	}
}

void __ukl_priv_sigreturn(int result)
{
	struct ukl_gate_header *header = ukl_header();
	struct ukl_saved *saved;

	block_all();
	saved = &ukl_signals()->saved[header->level - 1];
	if (header->level == 0 || header->top != saved->handler_top + sizeof(struct ukl_frame) ||
	    ukl_caller() != saved->target)
		__ukl_fatal("a return from a signal handler that was not running");
	ukl_pop_frame();
	take_changes(saved);
	__ukl_signal_undo(saved);
	if (saved->violation && !result)
		dispatch(saved->frame, saved->signo, 1);
	__ukl_sigreturn(saved->frame);
}

void __ukl_signal_lock(int take)
{
	if (take)
		__ukl_lock(&actions_lock);
	else
		__ukl_unlock(&actions_lock);
}
