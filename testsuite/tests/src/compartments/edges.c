/* All ways into and out of the kernel at once, through gates: calls of a library in a compartment with
 * call backs, stacks that are used for the first time, forks with and without a fault, faults that are
 * caught, both kinds of system call, vector registers, and timers, 2 kHz in all.
 *
 *	edges [SECONDS [PART...]]
 *
 * Each part checks its own results and reports one line. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"
#include "edges.h"

#ifndef sigev_notify_thread_id
# define sigev_notify_thread_id _sigev_un._tid
#endif

/* Eight threads with a tick each 4 ms are 2 kHz; with more, a busy emulated processor does nothing else. */
enum { FRESH = 32, STACK = 256 * 1024, TICK = 4000000 };

static volatile int stop;
static long ticks, wrong_ticks;
static __thread volatile long own_ticks;
static __thread sigjmp_buf *back;

static long plus_two(long x)
{
	return x + 2;
}

/* A handler calls the library that it may have interrupted. */
static void tick(int signo)
{
	int saved = errno;

	(void)signo;
	__atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
	if (own_ticks++ % 8 == 0 && lib_back(plus_two, own_ticks) != own_ticks + 3)
		__atomic_fetch_add(&wrong_ticks, 1, __ATOMIC_RELAXED);
	errno = saved;
}

static void on_segv(int signo)
{
	if (back)
		siglongjmp(*back, 1);
	signal(signo, SIG_DFL);
}

static void start_timer(timer_t *timer)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	struct itimerspec every = { { 0, TICK }, { 0, TICK } };

	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, timer) != 0 || timer_settime(*timer, 0, &every, NULL) != 0)
		abort();
}

static long gates(long round)
{
	long wrong = 0;

	for (long i = 0; i < 200; i++) {
		wrong += lib_places(i, 1, 1, 1, 1, 1, round, 2) != i + 2 + 3 + 4 + 5 + 6 + 7 * round + 16;
		wrong += lib_back(plus_two, i) != i + 3;
	}
	return wrong;
}

/* A new thread's stack, and its stack in the compartment, are not there yet. */
static void *fresh(void *arg)
{
	long wrong = 0;

	(void)arg;
	wrong += lib_deep(FRESH) != FRESH;
	wrong += lib_calls(getppid());
	return (void *)wrong;
}

static long fresh_stacks(long round)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pthread_attr_t attr;
	pthread_t thread;
	void *result = NULL;
	long wrong = 0;

	(void)round;
	pthread_attr_init(&attr);
	if (stack == MAP_FAILED || pthread_attr_setstack(&attr, stack, STACK) != 0)
		return 1;
	if (pthread_create(&thread, &attr, fresh, NULL) == 0)
		pthread_join(thread, &result);
	else
		wrong++;
	wrong += (long)result;
	pthread_attr_destroy(&attr);
	munmap(stack, STACK);
	return wrong;
}

/* Every third child ends by a fault, every second one by what the library said. */
static long forks(long round)
{
	int status, want = (int)(round & 63);
	pid_t child = fork();

	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		if (lib_deep(FRESH) != FRESH || getpid() == getppid())
			_exit(99);
		if (round % 3 == 0)
			__asm__ volatile("xor %%esp, %%esp\n\tpush %%rax" : : : "memory");
		_exit((int)lib_places(want, 0, 0, 0, 0, 0, 0, 0));
	}
	if (waitpid(child, &status, 0) != child)
		return 1;
	if (round % 3 == 0)
		return !WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV;
	return !WIFEXITED(status) || WEXITSTATUS(status) != want;
}

/* On its own: what a vforked child changes, its parent finds. */
static __attribute__((noinline)) pid_t short_child(int by_vfork, int status)
{
	pid_t child = by_vfork ? vfork() : fork();

	if (child == 0)
		_exit(status);
	return child;
}

static long storms(long round)
{
	enum { CHILDREN = 8 };
	pid_t children[CHILDREN];
	int status;
	long wrong = 0;

	(void)round;
	for (int i = 0; i < CHILDREN; i++)
		children[i] = short_child(i & 1, 40 + i);
	for (int i = 0; i < CHILDREN; i++)
		wrong += waitpid(children[i], &status, 0) != children[i] || !WIFEXITED(status) || WEXITSTATUS(status) != 40 + i;
	return wrong;
}

static long caught(long round)
{
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int faulted = 1;
	sigjmp_buf here;
	long wrong;

	(void)round;
	if (memory == MAP_FAILED)
		return 1;
	memory[0] = memory[4096] = 1;
	mprotect(memory, 4096, PROT_READ);
	back = &here;
	if (sigsetjmp(here, 1) == 0) {
		*(volatile char *)memory = 2;
		faulted = 0;
	}
	back = NULL;
	wrong = !faulted || memory[0] != 1 || memory[4096] != 1;
	munmap(memory, 8192);
	return wrong;
}

static long calls(long round)
{
	struct timespec nap = { 0, 1000 };
	long wrong = 0;

	for (int i = 0; i < 50; i++)
		wrong += lib_calls(getppid());
	wrong += lib_vectors(round);
	nanosleep(&nap, NULL);
	return wrong;
}

static const struct part {
	const char *name;
	long (*round)(long);
	int count;	/* threads */
} parts[] = {
	{ "calls through gates", gates, 2 },
	{ "stacks used for the first time", fresh_stacks, 1 },
	{ "forked children", forks, 1 },
	{ "storms of children", storms, 1 },
	{ "faults that are caught", caught, 1 },
	{ "system calls in the library", calls, 2 },
};
enum { PARTS = sizeof(parts) / sizeof(*parts) };

static long wrong[PARTS], rounds[PARTS];

static void *work(void *arg)
{
	long part = (long)arg;
	timer_t timer;

	start_timer(&timer);
	for (long i = 0; !stop; i++) {
		__atomic_fetch_add(&wrong[part], parts[part].round(i), __ATOMIC_RELAXED);
		__atomic_fetch_add(&rounds[part], 1, __ATOMIC_RELAXED);
	}
	timer_delete(timer);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	struct sigaction segv = { .sa_handler = on_segv };
	int seconds = argc > 1 ? atoi(argv[1]) : 5;
	pthread_t threads[16];
	int count = 0, chosen[PARTS];
	time_t end;

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	end = time(NULL) + seconds;
	for (long part = 0; part < PARTS; part++) {
		chosen[part] = argc <= 2;
		for (int i = 2; i < argc; i++)
			chosen[part] |= atoi(argv[i]) == part;
		for (int i = 0; chosen[part] && i < parts[part].count; i++) {
			if (pthread_create(&threads[count++], NULL, work, (void *)part) != 0)
				abort();
		}
	}
	while (time(NULL) < end)
		usleep(10000);
	stop = 1;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	for (int part = 0; part < PARTS; part++) {
		if (!chosen[part])
			continue;
		note("%ld rounds", rounds[part]);
		report(wrong[part] == 0 && rounds[part] > 0, "%s", parts[part].name);
	}
	note("%ld ticks", ticks);
	report(wrong_ticks == 0 && ticks > 0, "the library called by signal handlers");
	return report_summary();
}
