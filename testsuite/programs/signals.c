/* Handlers: nesting, masks, SA_RESTART and EINTR, alternate stacks, recovery from faults. */
// test: cflags=-pthread
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "check.h"

static volatile sig_atomic_t depth, deepest, seen, value_seen;
static volatile int on_alternate;
static char alternate[64 * 1024];
static sigjmp_buf back;
static char *page;

static void handle(int signo, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(signo, &action, NULL);
}

static void nested(int signo)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < 20)
		raise(signo);
	depth--;
}

static void count(int signo)
{
	(void)signo;
	seen++;
}

static void where(int signo)
{
	char here;

	(void)signo;
	on_alternate = &here >= alternate && &here < alternate + sizeof(alternate);
}

static void queued(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	value_seen = value_seen * 10 + info->si_value.sival_int;
}

static void repair(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	seen++;
	if ((char *)info->si_addr == page)
		mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

/* Skips the faulting instruction: "movb $1, (%rax)" is three bytes. */
static void step_over(int signo, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	(void)signo;
	(void)info;
	user->uc_mcontext.gregs[REG_RIP] += 3;
	user->uc_mcontext.gregs[REG_RBX] = 0x1234567812345678;
}

static void leave(int signo)
{
	siglongjmp(back, signo);
}

static void *interrupt_main(void *arg)
{
	pthread_t *thread = arg;

	usleep(50 * 1000);
	pthread_kill(*thread, SIGUSR1);
	usleep(50 * 1000);
	pthread_kill(*thread, SIGUSR2);
	return NULL;
}

static void restarts(void)
{
	pthread_t self = pthread_self(), helper;
	int pipes[2], result;
	char byte;

	/* SIGUSR1 restarts the read, SIGUSR2 interrupts it. */
	if (pipe(pipes) != 0)
		exit(1);
	handle(SIGUSR1, count, SA_RESTART);
	handle(SIGUSR2, count, 0);
	seen = 0;
	pthread_create(&helper, NULL, interrupt_main, &self);
	errno = 0;
	result = (int)read(pipes[0], &byte, 1);
	report(result == -1 && errno == EINTR && seen == 2, "SA_RESTART restarts a read, its absence gives EINTR");
	pthread_join(helper, NULL);

	struct timespec long_time = { 0, 200 * 1000 * 1000 }, rest = { 0, 0 };

	pthread_create(&helper, NULL, interrupt_main, &self);
	errno = 0;
	result = nanosleep(&long_time, &rest);
	report(result == -1 && errno == EINTR && rest.tv_nsec > 0, "nanosleep says what is left");
	pthread_join(helper, NULL);
	close(pipes[0]);
	close(pipes[1]);
}

static void faults(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	unsigned long rbx = 0;
	int *volatile bad = (int *)8;
	volatile int jumps = 0;

	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	action.sa_sigaction = repair;
	sigaction(SIGSEGV, &action, NULL);
	seen = 0;
	for (int i = 0; i < 100; i++) {
		mprotect(page, 4096, PROT_NONE);
		*(volatile char *)page = (char)i;
	}
	report(seen == 100 && *page == 99, "a SIGSEGV handler repairs the mapping, 100 times");

	action.sa_sigaction = step_over;
	sigaction(SIGSEGV, &action, NULL);
	__asm__ volatile("xor %%ebx, %%ebx\n\txor %%eax, %%eax\n\tmovb $1, (%%rax)\n\tmov %%rbx, %0"
			 : "=r"(rbx) : : "rax", "rbx", "memory");
	report(rbx == 0x1234567812345678, "a handler changes RIP and RBX of the context");

	handle(SIGSEGV, leave, 0);
	for (volatile int i = 0; i < 100; i++) {
		if (sigsetjmp(back, 1) == 0)
			*bad = 1;
		else
			jumps++;
	}
	report(jumps == 100, "siglongjmp leaves a SIGSEGV handler, 100 times");
	handle(SIGSEGV, SIG_DFL, 0);
}

int main(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) }, old;
	struct sigaction action = { .sa_sigaction = queued, .sa_flags = SA_SIGINFO };
	struct timespec none = { 0, 0 };
	sigset_t set, pending;

	handle(SIGUSR1, nested, SA_NODEFER);
	raise(SIGUSR1);
	report(deepest == 20 && depth == 0, "handlers nest 20 deep");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	handle(SIGUSR2, count, 0);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR2);
	sigpending(&pending);
	report(seen == 0 && sigismember(&pending, SIGUSR2), "a blocked signal stays pending");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	report(seen == 1, "unblocking delivers it");

	sigaltstack(&stack, NULL);
	handle(SIGUSR1, where, SA_ONSTACK);
	raise(SIGUSR1);
	report(on_alternate, "SA_ONSTACK runs on the alternate stack");
	handle(SIGUSR1, where, 0);
	raise(SIGUSR1);
	report(!on_alternate, "without it the handler runs on the thread's stack");
	sigaltstack(NULL, &old);
	report(old.ss_sp == alternate && old.ss_flags == 0, "sigaltstack tells the stack");

	sigaction(SIGRTMIN, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 3; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	report(value_seen == 123, "real-time signals queue in order with their values");

	sigprocmask(SIG_BLOCK, &set, NULL);
	errno = 0;
	report(sigtimedwait(&set, NULL, &none) == -1 && errno == EAGAIN, "sigtimedwait times out");
	raise(SIGRTMIN);
	report(sigtimedwait(&set, NULL, &none) == SIGRTMIN, "sigtimedwait takes a signal");

	restarts();
	faults();
	return report_summary();
}
