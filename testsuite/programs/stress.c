/* Everything at once for a few seconds: threads, forks, faults, signals, both kinds of system
 * call and vector registers on two processors; each part checks its own results. */
// test: cflags=-pthread smp=2 timeout=120
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

enum { SECONDS = 4 };

static volatile sig_atomic_t ticks;
static volatile int stop;
static __thread sigjmp_buf *back;

static void tick(int signo)
{
	int saved = errno;

	(void)signo;
	ticks++;
	getppid();
	errno = saved;
}

static void on_segv(int signo)
{
	if (back)
		siglongjmp(*back, 1);
	signal(signo, SIG_DFL);
}

static int deep(int depth)
{
	volatile char frame[2000];

	frame[0] = (char)depth;
	return (depth ? deep(depth - 1) : 0) + (frame[0] != (char)depth);
}

/* Children with work of their own; every third ends by a fault. */
static void *forks(void *arg)
{
	long wrong = 0;
	int status;

	(void)arg;
	for (int i = 0; !stop; i++) {
		pid_t child = fork();

		if (child == 0) {
			signal(SIGSEGV, SIG_DFL);
			if (deep(500) != 0 || getpid() == getppid())
				_exit(99);
			if (i % 3 == 0)
				__asm__ volatile("xor %%esp, %%esp\n\tpush %%rax" : : : "memory");
			_exit(i & 63);
		}
		wrong += waitpid(child, &status, 0) != child;
		wrong += i % 3 == 0 ? !WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV : WEXITSTATUS(status) != (i & 63);
	}
	return (void *)wrong;
}

static void *vforks(void *arg)
{
	volatile long wrong = 0;
	int status;

	(void)arg;
	while (!stop) {
		pid_t child = vfork();

		if (child == 0)
			_exit(5);
		wrong += waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 5;
	}
	return (void *)wrong;
}

static void *faults(void *arg)
{
	volatile long wrong = 0;
	volatile int caught = 0;
	sigjmp_buf here;

	(void)arg;
	back = &here;
	while (!stop) {
		char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memory[0] = memory[4096] = 1;
		mprotect(memory, 4096, PROT_READ);
		caught = 1;
		if (sigsetjmp(here, 1) == 0) {
			*(volatile char *)memory = 2;
			caught = 0;
		}
		wrong += !caught || memory[0] != 1 || memory[4096] != 1;
		munmap(memory, 8192);
	}
	return (void *)wrong;
}

static void *calls(void *arg)
{
	unsigned long pattern[2] = { 0x0123456789abcdef, (unsigned long)arg }, after[2];
	pid_t parent = getppid();
	long wrong = 0, number;
	struct timespec nap = { 0, 1000 };

	while (!stop) {
		number = SYS_getppid;
		__asm__ volatile("movdqu %2, %%xmm6\n\tsyscall\n\tmovdqu %%xmm6, %1"
				 : "+a"(number), "=m"(after) : "m"(pattern) : "rcx", "r11", "xmm6", "memory");
		wrong += number != parent || memcmp(pattern, after, 16) != 0;
		wrong += getppid() != parent;
		errno = 0;
		wrong += close(-1) != -1 || errno != EBADF;
		nanosleep(&nap, NULL);
	}
	return (void *)wrong;
}

static void *short_threads_body(void *arg)
{
	return arg;
}

static void *short_threads(void *arg)
{
	long wrong = 0;
	pthread_t thread;
	void *result;

	(void)arg;
	while (!stop) {
		if (pthread_create(&thread, NULL, short_threads_body, &wrong) != 0)
			continue;
		pthread_join(thread, &result);
		wrong += result != &wrong;
	}
	return (void *)wrong;
}

int main(void)
{
	static void *(*const parts[])(void *) = { forks, vforks, faults, calls, calls, short_threads };
	static const char *const names[] = { "forked children", "vforked children", "faults that are caught",
					     "system calls", "more of them", "short threads" };
	enum { PARTS = sizeof(parts) / sizeof(*parts) };
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	struct sigaction segv = { .sa_handler = on_segv };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	pthread_t threads[PARTS];
	time_t end = time(NULL) + SECONDS;
	void *result;

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	for (long i = 0; i < PARTS; i++)
		pthread_create(&threads[i], NULL, parts[i], (void *)i);
	while (time(NULL) <= end)
		usleep(1000);
	stop = 1;
	for (int i = 0; i < PARTS; i++) {
		pthread_join(threads[i], &result);
		report(result == NULL, "%s", names[i]);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	note("%d ticks", ticks);
	return report_summary();
}
