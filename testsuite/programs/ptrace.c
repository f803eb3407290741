/* A tracer cannot tell the program's ring: system call stops, registers, single steps,
 * breakpoints and events are as on any Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static volatile long variable = 11;
static volatile int reached;

static void __attribute__((noinline, noclone)) landmark(void)
{
	reached++;
	__asm__ volatile("" : : : "memory");
}

static int six_arguments(const struct __ptrace_syscall_info *info)
{
	for (unsigned int i = 0; i < 6; i++)
		if (info->entry.args[i] != 11 + i)
			return 0;
	return 1;
}

/* The traced child: what it does between its stops is known. */
static void __attribute__((noinline)) traced(void)
{
	char byte;

	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	getppid();
	close(-1);
	/* More arguments than the call has: who watches sees them all the same. */
	if (read(-1, &byte, 1) != -1 || syscall(SYS_getuid, 11, 12, 13, 14, 15, 16) == 4711)
		_exit(1);
	__asm__ volatile("syscall" : : "a"((long)SYS_getgid) : "rcx", "r11", "memory");
	raise(SIGSTOP);
	_exit(variable == 12 ? 33 : 34);
}

static pid_t start(void (*body)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		body();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return child;
}

static int next_stop(pid_t child, int request)
{
	int status = 0;

	ptrace(request, child, NULL, NULL);
	waitpid(child, &status, 0);
	return status;
}

static void system_calls(void)
{
	static const long wanted[] = { SYS_getppid, SYS_close, SYS_read, SYS_getuid, SYS_getgid };
	struct user_regs_struct regs;
	struct __ptrace_syscall_info info;
	int seen = 0, entries_right = 1, exits_right = 1, segments_right = 1, info_right = 1, arguments_right = 0, status;
	pid_t child = start(traced);

	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	for (;;) {
		status = next_stop(child, PTRACE_SYSCALL);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
			break;
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		segments_right &= regs.cs == 0x33 && regs.ss == 0x2b;
		info_right &= ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) > 0 &&
			      info.op == PTRACE_SYSCALL_INFO_ENTRY && info.arch == AUDIT_ARCH_X86_64 &&
			      info.entry.nr == regs.orig_rax && info.instruction_pointer == regs.rip &&
			      info.stack_pointer == regs.rsp;
		/* The instruction before the stop is "syscall" itself. */
		info_right &= (ptrace(PTRACE_PEEKTEXT, child, (void *)(regs.rip - 2), NULL) & 0xffff) == 0x050f;
		if (regs.orig_rax == SYS_getuid)
			arguments_right = six_arguments(&info);
		entries_right &= (long)regs.rax == -ENOSYS;
		if (seen < 5 && (long)regs.orig_rax == wanted[seen])
			seen++;
		else if (seen > 0 && seen < 5)
			entries_right = 0;
		status = next_stop(child, PTRACE_SYSCALL);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
			break;
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		if (regs.orig_rax == SYS_getppid)
			exits_right &= (pid_t)regs.rax == getpid();
		if (regs.orig_rax == SYS_close || regs.orig_rax == SYS_read)
			exits_right &= (long)regs.rax == -EBADF;
	}
	report(seen == 5, "every system call stops, in order");
	report(entries_right && exits_right, "entry and exit stops show numbers and results");
	report(segments_right, "the segments are those of ring 3");
	report(info_right, "PTRACE_GET_SYSCALL_INFO agrees, and the call was made by a syscall instruction");
	report(arguments_right, "syscall()'s six arguments are seen, also those that the call does not have");
	report(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "the child's own stop is seen");
	ptrace(PTRACE_POKEDATA, child, (void *)&variable, 12L);
	status = next_stop(child, PTRACE_CONT);
	report(WIFEXITED(status) && WEXITSTATUS(status) == 33, "PTRACE_POKEDATA changes its memory");
}

/* getppid() becomes nothing, then gets a result of the tracer's. */
static void asks_parent(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	_exit(getppid() == 77 ? 5 : 6);
}

static void changed_call(void)
{
	struct user_regs_struct regs;
	pid_t child = start(asks_parent);
	int status;

	do {
		status = next_stop(child, PTRACE_SYSCALL);
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
	} while (WIFSTOPPED(status) && regs.orig_rax != SYS_getppid);
	regs.orig_rax = (unsigned long)-1;
	ptrace(PTRACE_SETREGS, child, NULL, &regs);
	next_stop(child, PTRACE_SYSCALL);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	regs.rax = 77;
	ptrace(PTRACE_SETREGS, child, NULL, &regs);
	status = next_stop(child, PTRACE_CONT);
	report(WIFEXITED(status) && WEXITSTATUS(status) == 5, "a tracer replaces a call and its result");
}

static void steps_body(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	landmark();
	getppid();
	getuid();
	_exit(9);
}

static void single_steps(void)
{
	struct user_regs_struct regs;
	pid_t child = start(steps_body);
	int status = 0, steps = 0, outside = 0, at_landmark = 0;

	for (;;) {
		status = next_stop(child, PTRACE_SINGLESTEP);
		if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP || ++steps > 100000)
			break;
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		outside += regs.rip >= 0x800000000000 || regs.cs != 0x33;
		at_landmark += regs.rip == (uintptr_t)landmark;
	}
	note("%d steps", steps);
	report(WIFEXITED(status) && WEXITSTATUS(status) == 9 && steps > 20, "single steps through calls to the end");
	report(outside == 0, "none of them shows the kernel");
	report(at_landmark == 1, "each instruction is one step");
}

static void breakpoint(void)
{
	struct user_regs_struct regs;
	pid_t child = start(steps_body);
	long old = ptrace(PTRACE_PEEKTEXT, child, (void *)(uintptr_t)landmark, NULL);
	int status;

	ptrace(PTRACE_POKETEXT, child, (void *)(uintptr_t)landmark, (old & ~0xffL) | 0xcc);
	status = next_stop(child, PTRACE_CONT);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	report(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP && regs.rip == (uintptr_t)landmark + 1,
	       "a breakpoint stops behind its byte");
	regs.rip--;
	ptrace(PTRACE_SETREGS, child, NULL, &regs);
	ptrace(PTRACE_POKETEXT, child, (void *)(uintptr_t)landmark, old);
	status = next_stop(child, PTRACE_CONT);
	report(WIFEXITED(status) && WEXITSTATUS(status) == 9, "and the program goes on");
}

/* A hardware breakpoint and a watchpoint, by the debug registers. */
static void hardware(void)
{
	pid_t child = start(steps_body);
	size_t base = offsetof(struct user, u_debugreg);
	struct user_regs_struct regs = { 0 };
	int status;

	if (ptrace(PTRACE_POKEUSER, child, base, (void *)(uintptr_t)landmark) != 0 ||
	    ptrace(PTRACE_POKEUSER, child, base + 8, (void *)&reached) != 0 ||
	    ptrace(PTRACE_POKEUSER, child, base + 7 * 8, (void *)0x00d00405UL) != 0)
		note("POKEUSER: %s", strerror(errno));
	status = next_stop(child, PTRACE_CONT);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	report(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP && regs.rip == (uintptr_t)landmark,
	       "a hardware breakpoint stops at its address");
	status = next_stop(child, PTRACE_CONT);
	report(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP &&
	       ptrace(PTRACE_PEEKDATA, child, (void *)&reached, NULL) != 0, "a watchpoint sees the write");
	status = next_stop(child, PTRACE_CONT);
	report(WIFEXITED(status) && WEXITSTATUS(status) == 9, "and the program goes on after both");
}

static void forks(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if (fork() == 0)
		_exit(1);
	_exit(2);
}

static void events(void)
{
	pid_t child = start(forks);
	unsigned long message = 0;
	int status;

	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE));
	status = next_stop(child, PTRACE_CONT);
	ptrace(PTRACE_GETEVENTMSG, child, NULL, &message);
	report(status >> 8 == (SIGTRAP | (PTRACE_EVENT_FORK << 8)) && message > 0, "a fork is an event");
	waitpid((pid_t)message, &status, 0);
	ptrace(PTRACE_DETACH, (pid_t)message, NULL, NULL);
	ptrace(PTRACE_DETACH, child, NULL, NULL);
	report(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 2, "a detached child ends by itself");
}

static void attaches(void)
{
	struct user_regs_struct regs;
	struct user_fpregs_struct fpregs;
	int status, right = 1;
	pid_t child = fork();

	if (child == 0)
		for (;;)
			__asm__ volatile("mov $0x77, %%eax\n\tmovd %%eax, %%xmm5" : : : "rax", "xmm5");
	usleep(20000);
	for (int i = 0; i < 20; i++) {
		right &= ptrace(PTRACE_ATTACH, child, NULL, NULL) == 0 && waitpid(child, &status, 0) == child;
		right &= ptrace(PTRACE_GETREGS, child, NULL, &regs) == 0 && regs.cs == 0x33 && (int)regs.orig_rax < 0;
		right &= ptrace(PTRACE_GETFPREGS, child, NULL, &fpregs) == 0 && fpregs.xmm_space[5 * 4] == 0x77;
		right &= ptrace(PTRACE_DETACH, child, NULL, NULL) == 0;
	}
	report(right, "attach to a spinning process, 20 times");
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

int main(void)
{
	system_calls();
	changed_call();
	single_steps();
	breakpoint();
	hardware();
	events();
	attaches();
	return report_summary();
}
