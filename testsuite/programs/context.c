/* setcontext and its family, setjmp and longjmp, also between stacks. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>
#include "check.h"

enum { STACK = 65536, TURNS = 1000 };

static ucontext_t main_context, a, b;
static int turns_a, turns_b, argument_sum;
static jmp_buf plain;
static sigjmp_buf masked;

static void run_a(int x, int y)
{
	argument_sum = x * 10 + y;
	for (turns_a = 0; turns_a < TURNS; turns_a++)
		swapcontext(&a, &b);
}

static void run_b(void)
{
	for (turns_b = 0; turns_b < TURNS; turns_b++)
		swapcontext(&b, &a);
}

static void __attribute__((noinline, noreturn)) deep(int depth)
{
	volatile char frame[500];

	frame[0] = (char)depth;
	if (depth == 0)
		longjmp(plain, 7 + frame[0]);
	deep(depth - 1);
}

int main(void)
{
	volatile int jumps = 0, passes = 0;
	double rounding = 0;
	sigset_t set, now;

	getcontext(&a);
	a.uc_stack.ss_sp = malloc(STACK);
	a.uc_stack.ss_size = STACK;
	a.uc_link = &main_context;
	makecontext(&a, (void (*)(void))run_a, 2, 4, 2);
	getcontext(&b);
	b.uc_stack.ss_sp = malloc(STACK);
	b.uc_stack.ss_size = STACK;
	b.uc_link = &main_context;
	makecontext(&b, run_b, 0);
	swapcontext(&main_context, &a);
	report(turns_a == TURNS && turns_b == TURNS - 1, "two coroutines swap 1000 times");
	report(argument_sum == 42, "makecontext passes arguments");

	/* The context holds the signal mask. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	getcontext(&main_context);
	if (passes++ == 0) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		setcontext(&main_context);
	}
	sigprocmask(SIG_BLOCK, NULL, &now);
	report(passes == 2 && !sigismember(&now, SIGUSR1), "setcontext restores the signal mask");

	for (volatile int i = 0; i < 1000; i++)
		if (setjmp(plain) == 7)
			jumps++;
		else
			deep(100);
	report(jumps == 1000, "longjmp over 100 frames, 1000 times");

	if (sigsetjmp(masked, 1) == 0) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		siglongjmp(masked, 1);
	}
	sigprocmask(SIG_BLOCK, NULL, &now);
	report(!sigismember(&now, SIGUSR1), "siglongjmp restores the mask");
	rounding = (double)passes / 3;
	report(rounding > 0.66 && rounding < 0.67, "arithmetic is unharmed");
	return report_summary();
}
