/* Ring-0 and ring-3 processes at once: both compute, fault, sleep and switch to each other. */
// test: helpers=ring3 smp=2 cflags=-pthread
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include "check.h"
#include "start.h"

static volatile int stop;

/* Raw system calls and faults beside the ring-3 processes. */
static void *keep_busy(void *arg)
{
	pid_t parent = getppid();
	long number, wrong = 0;

	(void)arg;
	while (!stop) {
		number = SYS_getppid;
		__asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
		wrong += number != parent || getppid() != parent;
		free(memset(malloc(1 << 18), 1, 1 << 18));
	}
	return (void *)wrong;
}

/* One byte goes round between this process and a ring-3 one. */
static int storm(const char *program, int rounds, int one_cpu)
{
	int to[2], from[2], right = 1;
	char byte, back;
	cpu_set_t set, old;
	pid_t child;

	sched_getaffinity(0, sizeof(old), &old);
	if (one_cpu) {
		CPU_ZERO(&set);
		CPU_SET(0, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	if (pipe(to) != 0 || pipe(from) != 0)
		return 0;
	child = fork();
	if (child == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execl(program, program, "echo", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < rounds && right; i++) {
		byte = (char)i;
		right = write(to[1], &byte, 1) == 1 && read(from[0], &back, 1) == 1 && back == byte;
	}
	close(to[1]);
	right = end_of(child) == 0 && right;
	close(from[0]);
	sched_setaffinity(0, sizeof(old), &old);
	return right;
}

int main(void)
{
	const char *ring3 = helper("ring3");
	pid_t children[4];
	pthread_t threads[2];
	int right = 1, faults = 0;
	void *result;
	long wrong = 0;

	for (int i = 0; i < 4; i++)
		children[i] = start((const char *const[]){ ring3, "work", "1", NULL });
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, keep_busy, NULL);
	for (int i = 0; i < 10; i++)
		faults += RUN(ring3, "fault") == 1000 + SIGSEGV;
	for (int i = 0; i < 4; i++)
		right &= end_of(children[i]) == 0;
	stop = 1;
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	report(right, "four ring-3 processes compute right beside two ring-0 threads");
	report(wrong == 0, "and the threads beside them");
	report(faults == 10, "ring-3 faults stay there");
	report(storm(ring3, 3000, 0), "3000 switches through pipes, two processors");
	report(storm(ring3, 3000, 1), "3000 on one processor");
	return report_summary();
}
