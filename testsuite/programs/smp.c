/* Two processors: affinity, migration, true parallelism, cross-processor signals and TLB flushes. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "check.h"

static volatile int stop, ping;
static volatile unsigned long shared_count;
static char *page;
static volatile sig_atomic_t received;
static __thread sigjmp_buf back;
static volatile int stale;

static int move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 && sched_getcpu() == cpu;
}

static void *pong(void *arg)
{
	(void)arg;
	move_to(1);
	for (int i = 0; i < 10000; i++) {
		while (__atomic_load_n(&ping, __ATOMIC_ACQUIRE) != 2 * i + 1)
			;
		__atomic_store_n(&ping, 2 * i + 2, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void *migrate(void *arg)
{
	unsigned cpu, wrong = 0;

	(void)arg;
	for (int i = 0; i < 500; i++) {
		wrong += !move_to(i & 1);
		syscall(SYS_getcpu, &cpu, NULL, NULL);
		wrong += cpu != (unsigned)(i & 1);
	}
	return (void *)(long)wrong;
}

static void *add_atomically(void *arg)
{
	move_to((int)(long)arg);
	for (int i = 0; i < 200000; i++)
		__atomic_fetch_add(&shared_count, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void received_one(int signo)
{
	(void)signo;
	received++;
}

static void on_segv(int signo)
{
	siglongjmp(back, signo);
}

/* Writes to the page whenever it can, on the other processor. */
static void *write_page(void *arg)
{
	(void)arg;
	move_to(1);
	while (!stop)
		if (sigsetjmp(back, 1) == 0)
			*(volatile int *)page = 1;
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = received_one }, segv = { .sa_handler = on_segv };
	pthread_t threads[4];
	cpu_set_t set;
	void *result;
	long wrong = 0;

	CPU_ZERO(&set);
	sched_getaffinity(0, sizeof(set), &set);
	report(CPU_COUNT(&set) == 2 && sysconf(_SC_NPROCESSORS_ONLN) == 2, "two processors");
	report(move_to(1) && move_to(0), "the main thread moves");

	pthread_create(&threads[0], NULL, pong, NULL);
	for (int i = 0; i < 10000; i++) {
		__atomic_store_n(&ping, 2 * i + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&ping, __ATOMIC_ACQUIRE) != 2 * i + 2)
			;
	}
	pthread_join(threads[0], NULL);
	report(ping == 20000, "10,000 exchanges without a system call");

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, migrate, NULL);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	report(wrong == 0, "four threads migrate 500 times each");

	for (long i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, add_atomically, (void *)(i & 1));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	report(shared_count == 800000, "atomic additions from both");

	/* After mprotect() returns, no processor may write through an old translation. */
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	pthread_create(&threads[0], NULL, write_page, NULL);
	for (int i = 0; i < 300; i++) {
		mprotect(page, 4096, PROT_READ | PROT_WRITE);
		*(volatile int *)page = 0;
		mprotect(page, 4096, PROT_READ);
		int before = *(volatile int *)page;

		for (volatile int spin = 0; spin < 1000; spin++)
			;
		stale += *(volatile int *)page != before;
		pthread_kill(threads[0], SIGUSR1);
	}
	stop = 1;
	pthread_join(threads[0], NULL);
	report(stale == 0, "mprotect takes effect on the other processor");
	report(received > 0, "signals reach the other processor");
	return report_summary();
}
