/* 1 kHz signals under load: system calls, page faults and arithmetic all survive them. On a busy host all of it takes up to 97 s. */
// test: libs="-lrt -pthread" smp=2 timeout=200
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static volatile sig_atomic_t ticks;
static volatile unsigned long tick_work;

static void tick(int signo)
{
	int saved = errno;
	char byte = 0;

	(void)signo;
	ticks++;
	/* A system call and a nested failure inside the handler. */
	tick_work += (unsigned long)getppid() + (unsigned long)(write(-1, &byte, 1) == -1);
	errno = saved;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Fewer are no test. */
enum { TICKS = 100 };

static unsigned long mix(unsigned long state)
{
	for (int i = 0; i < 1000; i++)
		state = state * 6364136223846793005UL + 1442695040888963407UL;
	return state;
}

/* Arithmetic, cheap system calls, faults on fresh memory and a pipe, until the
 * clock runs out, and at most 20 s longer where a slow machine has seen few ticks by then. Returns the
 * number of wrong results. */
static int load(double seconds)
{
	double end = now() + seconds;
	unsigned long wanted = mix(1);
	int wrong = 0, pipes[2];
	pid_t self = getpid();
	char buffer[64];

	if (pipe(pipes) != 0)
		exit(1);
	while (now() < end || (ticks <= TICKS && now() < end + 20)) {
		char *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		wrong += memory == MAP_FAILED;
		for (int i = 0; i < 65536; i += 4096)
			memory[i] = (char)(i >> 12);
		for (int i = 0; i < 65536; i += 4096)
			wrong += memory[i] != (char)(i >> 12);
		wrong += munmap(memory, 65536) != 0;
		wrong += mix(1) != wanted;
		wrong += syscall(SYS_getpid) != self;
		errno = 0;
		wrong += close(-1) != -1 || errno != EBADF;
		wrong += write(pipes[1], "0123456789", 10) != 10;
		wrong += read(pipes[0], buffer, 64) != 10 || memcmp(buffer, "0123456789", 10) != 0;
	}
	close(pipes[0]);
	close(pipes[1]);
	return wrong;
}

static void *load_thread(void *arg)
{
	(void)arg;
	return (void *)(long)load(1.5);
}

int main(void)
{
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	struct itimerspec fast_timer = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	pthread_t threads[3];
	timer_t timer;
	void *result;
	int wrong;

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGPROF, &action, NULL);
	sigaction(SIGRTMIN, &action, NULL);

	setitimer(ITIMER_REAL, &fast, NULL);
	wrong = load(1.5);
	setitimer(ITIMER_REAL, &off, NULL);
	note("%d ticks", ticks);
	report(wrong == 0, "a 1 kHz interval timer disturbs no result");
	report(ticks > TICKS, "its signals arrive");

	ticks = 0;
	report(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
	timer_settime(timer, 0, &fast_timer, NULL);
	setitimer(ITIMER_PROF, &fast, NULL);
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, load_thread, NULL);
	wrong = 0;
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		wrong += (int)(long)result;
	}
	setitimer(ITIMER_PROF, &off, NULL);
	timer_delete(timer);
	note("%d ticks", ticks);
	report(wrong == 0, "nor do two timers that interrupt three threads");
	report(ticks > TICKS, "their signals arrive");
	return report_summary();
}
