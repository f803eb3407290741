// SPDX-License-Identifier: GPL-2.0
/*
 * A shortcut of CONFIG_UKL: a thread that sends a signal to itself, with a handler that gets no
 * siginfo, needs no lookup of a process, no check of permissions and no queue entry: the
 * signal is taken on the way out of this call. ukl_off=signal switches it off.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/spinlock.h>

#include <trace/events/signal.h>

#include <asm/ukl.h>
#include <asm/ukl_shortcut.h>

long __ukl_sys_kill(long pid, long sig);
long __ukl_sys_tgkill(long tgid, long pid, long sig);

/*
 * A signal that is pending without a queue entry is one that __send_signal_locked() found no memory
 * for; collect_signal() then makes up a siginfo. Here nobody gets to see it: no handler, tracer,
 * signalfd or tracepoint.
 */
static bool ukl_raise(int sig, struct sigpending *pending)
{
	struct sighand_struct *sighand = current->sighand;
	const struct sigaction *action;
	bool done = false;

	if (!valid_signal(sig) || sig < 1 || sig_kernel_only(sig) || sig_kernel_stop(sig) || sig == SIGCONT ||
	    current->ptrace || trace_signal_generate_enabled() || trace_signal_deliver_enabled())
		return false;

	spin_lock_irq(&sighand->siglock);
	action = &sighand->action[sig - 1].sa;
	if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN &&
	    !(action->sa_flags & SA_SIGINFO) && !sigismember(&current->blocked, sig) &&
	    !sigismember(&pending->signal, sig) && !(current->signal->flags & SIGNAL_GROUP_EXIT) &&
	    !current->signal->group_exec_task && !waitqueue_active(&sighand->signalfd_wqh)) {
		sigaddset(&pending->signal, sig);
		set_thread_flag(TIF_SIGPENDING);
		done = true;
	}
	spin_unlock_irq(&sighand->siglock);
	return done;
}

/* In the initial PID namespace a process has one number. */
static bool ukl_plain_self(pid_t tgid)
{
	return static_branch_likely(&ukl_signal_key) && tgid == current->tgid &&
	       current->thread_pid->level == 0;
}

/* A signal for the process goes to its first thread, if that wants it: see complete_signal(). */
long ukl_kill(pid_t pid, int sig)
{
	if (ukl_plain_self(pid) && thread_group_leader(current) &&
	    ukl_raise(sig, &current->signal->shared_pending))
		return 0;
	return __ukl_sys_kill(pid, sig);
}

long ukl_tgkill(pid_t tgid, pid_t pid, int sig)
{
	if (ukl_plain_self(tgid) && pid == current->pid && ukl_raise(sig, &current->pending))
		return 0;
	return __ukl_sys_tgkill(tgid, pid, sig);
}
