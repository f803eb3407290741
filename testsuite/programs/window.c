/* A signal that comes anywhere in a system call is handled at once: a timer that counts
 * instructions fires at each instruction of some short calls. A way back to the program that
 * tested for work before the interrupt would leave the signal to the next tick, 4 ms later. */
// test: cflags=-mno-red-zone smp=1 options=--icount timeout=240
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define NS_PER_S 1000000000ll

/* The host's clock is no counter of instructions. */
#ifdef __ukl__
#define SWEEP 1500
#define PROMPT 1000000
#else
#define SWEEP 20
#define PROMPT NS_PER_S
#endif

static timer_t timer;
static volatile long long handled;
static volatile int signals;
static int event;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void handler(int signo)
{
	(void)signo;
	handled = now();
	signals++;
}

static int call_getppid(void)
{
	return getppid() > 0;
}

static int call_close(void)
{
	return close(-1) == -1;
}

static int call_event(void)
{
	uint64_t value = 1;

	return write(event, &value, sizeof(value)) == sizeof(value) &&
	       read(event, &value, sizeof(value)) == sizeof(value) && value == 1;
}

/* The registers that the ABI keeps must survive whatever happens in the call. */
static int call_registers(void)
{
	long wrong;

	__asm__ volatile("mov $0x22, %%ebx\n\tmov $0xcc, %%r12d\n\tmov $0xdd, %%r13d\n\t"
			 "mov $0xee, %%r14d\n\tmov $0xff, %%r15d\n\t"
#ifdef __ukl__
			 "call ukl_sys_getuid\n\t"
#endif
			 "xor $0x22, %%rbx\n\txor $0xcc, %%r12\n\txor $0xdd, %%r13\n\t"
			 "xor $0xee, %%r14\n\txor $0xff, %%r15\n\t"
			 "or %%rbx, %%r12\n\tor %%r13, %%r14\n\tor %%r12, %%r14\n\tor %%r14, %%r15\n\t"
			 "mov %%r15, %0"
			 : "=r"(wrong)
			 :
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "memory", "cc");
	return wrong == 0;
}

/* One call with the timer due at DUE; returns the time just before the call. */
static long long one_call(long long due, int (*call)(void), int *right)
{
	struct itimerspec when = { .it_value = { due / NS_PER_S, due % NS_PER_S } };
	long long before;

	handled = 0;
	timer_settime(timer, TIMER_ABSTIME, &when, NULL);
	/* The kernel programs no timer for the next half microsecond: be later than that. */
	for (volatile int wait = 0; wait < 500; wait++)
		;
	before = now();
	*right &= call();
	/* No other call that would find the signal: only an interrupt brings us to it. */
	while (!handled)
		now();
	return before;
}

static void sweep(const char *name, int (*call)(void))
{
	long long latest = 0, lead = 0;
	int right = 1, before = signals;

	/* How long after the start is the call? The same every time, where time counts instructions. */
	for (int try = 0; try < 8; try++) {
		long long start = now();

		lead = one_call(start + 50000, call, &right) - start;
	}
	for (int after = 0; after < SWEEP; after++) {
		long long start = now(), due = start + lead - 300 + after;

		one_call(due, call, &right);
		if (handled - due > latest)
			latest = handled - due;
	}
	report(right, "%s gives the right results", name);
	report(signals - before == SWEEP + 8, "%s: no signal is lost", name);
	report(latest < PROMPT, "%s: no signal waits for a tick", name);
	note("%s: the last came after %lld ns", name, latest);
}

int main(void)
{
	struct sigevent notify = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	event = eventfd(0, 0);
	sigaction(SIGUSR1, &action, NULL);
	report(timer_create(CLOCK_MONOTONIC, &notify, &timer) == 0, "a timer");
	sweep("getppid", call_getppid);
	sweep("close", call_close);
	sweep("eventfd", call_event);
	sweep("registers", call_registers);
	return report_summary();
}
