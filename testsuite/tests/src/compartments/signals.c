/* Signals that come while a library runs, while a gate is passed, and to either's handlers. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include "signals.h"
#ifdef __ukl__
# include <ukl/compartment.h>
#else
# define UKL_SHARED
#endif

UKL_SHARED static volatile long stop = 0;
static volatile int ticks, limit, wrong, depth, deepest, alternate_seen, nested;
static sigjmp_buf back;
static char alternate[65536];

static int plus_one(int n)
{
	return n + 1;
}

/* Calls back into what it may have interrupted. */
static void tick(int signo)
{
	volatile char room[300];

	memset((char *)room, 7, sizeof(room));
	if (lib_many(1, 2, 3, 4, 5, 6, 7, 8) != 204)
		wrong++;
	if (room[200] != 7)
		wrong++;
	(void)signo;
	if (++ticks >= limit)
		stop = 1;
}

static void leave(int signo)
{
	(void)signo;
	if (++ticks >= limit)
		stop = 1;
	siglongjmp(back, 1);
}

static void nests(int signo)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < 10)
		lib_raise(signo);
	depth--;
}

static void on_alternate(int signo)
{
	char here;

	(void)signo;
	alternate_seen = &here >= alternate && &here < alternate + sizeof(alternate);
}

static void other(int signo)
{
	nested += signo == SIGUSR2;
}

static void raises(int signo)
{
	(void)signo;
	lib_raise(SIGUSR2);
	/* It waits until this handler has returned. */
	nested *= 10;
}

static void skip_instruction(int signo, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signo;
	(void)info;
	regs[REG_RIP] += 2;
	regs[REG_RBX] = 0x123456789;
}

static void handle(int signo, void (*handler)(int), int flags, int also)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	if (also)
		sigaddset(&action.sa_mask, also);
	sigaction(signo, &action, NULL);
}

static void timer(int microseconds)
{
	struct itimerval every = { { 0, microseconds }, { 0, microseconds } };

	setitimer(ITIMER_REAL, &every, NULL);
}

static void *waits(void *fd)
{
	return (void *)(long)lib_wait((int)(long)fd);
}

int main(void)
{
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction old, action = { .sa_sigaction = skip_instruction, .sa_flags = SA_SIGINFO };
	long rounds, rbx = 0;
	pthread_t thread;
	void *result;
	int ends[2], status;

	limit = 50;
	handle(SIGALRM, tick, SA_RESTART, 0);
	timer(1000);
	rounds = lib_spin(&stop, plus_one);
	timer(0);
	printf("%d signals or more while the library ran: %s, wrong %d\n", limit, rounds > 0 && ticks >= limit ? "yes" : "no", wrong);

	ticks = 0;
	stop = 0;
	handle(SIGALRM, leave, SA_NODEFER, 0);
	for (volatile int jumps = 0; !stop; jumps++) {
		if (sigsetjmp(back, 1) == 0) {
			timer(1500);
			lib_spin(&stop, plus_one);
		}
		timer(0);
	}
	/* One may come between the last jump and the timer's end. */
	printf("left by siglongjmp %d times or more: %s\n", limit, ticks >= limit ? "yes" : "no");
	printf("the library still works: %ld\n", lib_many(8, 7, 6, 5, 4, 3, 2, 1));

	handle(SIGUSR1, nests, SA_NODEFER, 0);
	lib_raise(SIGUSR1);
	printf("nested %d deep, %d\n", deepest, depth);
	lib_install(SIGUSR2);
	raise(SIGUSR2);
	lib_raise(SIGUSR2);
	printf("library's handler: %d\n", lib_seen());
	sigaction(SIGUSR2, NULL, &old);
	printf("a handler is there: %d\n", old.sa_handler != SIG_DFL);
	handle(SIGUSR2, other, 0, 0);
	handle(SIGUSR1, raises, 0, SIGUSR2);
	lib_raise(SIGUSR1);
	printf("masked while the handler ran: %d\n", nested);

	sigaltstack(&stack, NULL);
	handle(SIGUSR1, on_alternate, SA_ONSTACK | SA_RESETHAND, 0);
	lib_raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &old);
	printf("on the alternate stack: %d, then reset: %d\n", alternate_seen, old.sa_handler == SIG_DFL);
	handle(SIGUSR1, on_alternate, 0, 0);
	lib_raise(SIGUSR1);
	printf("without: %d\n", alternate_seen);

	sigaction(SIGILL, &action, NULL);
	__asm__ volatile("xor %%ebx, %%ebx\n\tud2\n\tmov %%rbx, %0" : "=r"(rbx) : : "rbx");
	printf("context changed: %lx\n", rbx);

	signal(SIGUSR2, SIG_IGN);
	lib_raise(SIGUSR2);
	if (fork() == 0) {
		signal(SIGUSR2, SIG_DFL);
		lib_raise(SIGUSR2);
		_exit(1);
	}
	wait(&status);
	printf("default action: %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2);

	if (pipe(ends) != 0)
		return 1;
	handle(SIGUSR1, other, 0, 0);
	pthread_create(&thread, NULL, waits, (void *)(long)ends[0]);
	usleep(100 * 1000);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, &result);
	printf("a read in the library ends with EINTR: %d\n", (long)result == EINTR);
	return 0;
}
