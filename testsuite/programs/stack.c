/* Stacks grow on demand to 8 MiB, whatever touches the new page first; beyond it SIGSEGV. */
// test: cflags="-pthread -fno-optimize-sibling-calls" smp=2 mem=256M
#define _GNU_SOURCE
#include <alloca.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static volatile sig_atomic_t ticks;

static void tick(int signo)
{
	(void)signo;
	ticks++;
}

/* Each level checks its own frame after the deeper ones are gone. */
static int __attribute__((noinline)) recurse(int depth)
{
	volatile char frame[1000];
	int wrong = 0;

	memset((char *)frame, depth, sizeof(frame));
	if (depth > 0)
		wrong = recurse(depth - 1);
	for (size_t i = 0; i < sizeof(frame); i += 100)
		wrong += frame[i] != (char)depth;
	return wrong;
}

static int __attribute__((noinline)) big_frame(size_t size)
{
	volatile char *memory = alloca(size);

	/* The lowest byte first: a fault far below the last touched page. */
	memory[0] = 'a';
	memory[size - 1] = 'z';
	return memory[0] == 'a' && memory[size - 1] == 'z';
}

/* The first touch of a new stack page is a push by the CPU (call), the kernel's
 * own write (read(2) into it), or a signal frame. */
static int __attribute__((noinline)) calls_only(int depth)
{
	return depth == 0 ? 0 : 1 + calls_only(depth - 1);
}

static int __attribute__((noinline)) kernel_writes(size_t size)
{
	char *memory = alloca(size);
	int zero = open("/dev/zero", O_RDONLY), right;

	right = read(zero, memory, 64) == 64 && memory[63] == 0;
	close(zero);
	return right;
}

static int __attribute__((noinline)) signal_far_below(size_t size)
{
	volatile char *memory = alloca(size);
	int before = ticks;

	raise(SIGUSR1);
	return ticks == before + 1 && memory != NULL;
}

static void run_in_child(void *arg)
{
	int (*function)(size_t) = (int (*)(size_t))(uintptr_t)arg;

	_exit(!function(7 << 20));
}

static void overflow(void *arg)
{
	(void)arg;
	_exit(recurse(1 << 20));
}

static void overflow_calls(void *arg)
{
	(void)arg;
	_exit(calls_only(1 << 30) & 1);
}

static void *thread_overflow(void *arg)
{
	recurse(1 << 20);
	return arg;
}

static void overflow_in_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	pthread_create(&thread, NULL, thread_overflow, NULL);
	pthread_join(thread, NULL);
}

static void *deep_thread(void *arg)
{
	(void)arg;
	return (void *)(long)(recurse(7000) + !big_frame(7 << 20));
}

static void on_overflow(int signo, siginfo_t *info, void *context)
{
	(void)context;
	(void)info;
	_exit(signo == SIGSEGV ? 77 : 78);
}

static void overflow_handled(void *arg)
{
	static char alternate[65536];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction action = { .sa_sigaction = on_overflow, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	overflow(arg);
}

static int killed_by_segv(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

int main(void)
{
	struct rlimit limit = { 8 << 20, RLIM_INFINITY }, seen, large = { 64 << 20, RLIM_INFINITY };
	struct sigaction action = { .sa_handler = tick };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	pthread_t threads[8];
	long wrong = 0;
	void *result;

	report(getrlimit(RLIMIT_STACK, &seen) == 0 && seen.rlim_cur == (8 << 20), "the stack's limit is 8 MiB");
	setrlimit(RLIMIT_STACK, &limit);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	report(in_child(run_in_child, (void *)(uintptr_t)kernel_writes) == 0, "read(2) grows the stack by 7 MiB");
	report(in_child(run_in_child, (void *)(uintptr_t)signal_far_below) == 0, "a signal frame does");
	report(in_child(run_in_child, (void *)(uintptr_t)big_frame) == 0, "a frame of 7 MiB does");
	report(calls_only(200000) == 200000, "200,000 nested calls");
	report(recurse(7000) == 0, "7 MiB of frames keep their contents");
	setitimer(ITIMER_REAL, &fast, NULL);
	for (int i = 0; i < 30; i++)
		wrong += recurse(7000) + (calls_only(100000) != 100000);
	setitimer(ITIMER_REAL, &off, NULL);
	report(wrong == 0 && ticks > 1, "also under 1 kHz signals");
	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, deep_thread, NULL);
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	report(wrong == 0, "eight threads use 7 MiB each");
	report(killed_by_segv(in_child(overflow, NULL)), "an overflow by big frames is killed by SIGSEGV");
	report(killed_by_segv(in_child(overflow_calls, NULL)), "an overflow by calls alone is");
	report(killed_by_segv(in_child(overflow_in_thread, NULL)), "an overflow of a thread's stack is");
	report(WEXITSTATUS(in_child(overflow_handled, NULL)) == 77, "a handler on an alternate stack sees it");
	report(setrlimit(RLIMIT_STACK, &large) == 0 && recurse(20000) == 0, "a raised limit lets it grow to 20 MiB");
	return report_summary();
}
