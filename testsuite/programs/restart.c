/* Calls that are stopped and continued, or interrupted by a handler with SA_RESTART, go on
 * where they were: restart_syscall and the rewound instruction. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

static int ends[2];

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void nothing(int signo)
{
	(void)signo;
}

static int by_nanosleep(void)
{
	struct timespec time = { 0, 400000000 };

	return nanosleep(&time, NULL) == 0;
}

static int by_clock_nanosleep(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_nsec += 400000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0;
}

/* By instruction, with the same registers live. */
static int by_raw_nanosleep(void)
{
	struct timespec time = { 0, 400000000 };
	long result = SYS_nanosleep;

	__asm__ volatile("syscall" : "+a"(result) : "D"(&time), "S"(0L) : "rcx", "r11", "memory");
	return result == 0;
}

static int by_poll(void)
{
	struct pollfd fd = { .fd = ends[0], .events = POLLIN };

	return poll(&fd, 1, 400) == 0;
}

static int by_futex(void)
{
	struct timespec time = { 0, 400000000 };
	int word = 5;

	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 5, &time, NULL, 0) == -1 && errno == ETIMEDOUT;
}

static int by_read(void)
{
	char byte;

	return read(ends[0], &byte, 1) == 1 && byte == 'r';
}

static int by_semaphore(void)
{
	static sem_t semaphore;
	struct timespec time;

	sem_init(&semaphore, 0, 0);
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec++;
	return sem_timedwait(&semaphore, &time) == -1 && errno == ETIMEDOUT;
}

static int by_wait(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		usleep(400000);
		_exit(7);
	}
	return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7;
}

/* The child makes the call; it is stopped and continued in the middle, three times. */
static int stopped(int (*call)(void))
{
	struct timespec pause_for = { 0, 60000000 };
	long start = milliseconds();
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		alarm(20);
		_exit(!call());
	}
	for (int i = 0; i < 3; i++) {
		nanosleep(&pause_for, NULL);
		kill(child, SIGSTOP);
		waitpid(child, &status, WUNTRACED);
		kill(child, SIGCONT);
	}
	if (call == by_read && write(ends[1], "r", 1) != 1)
		return 0;
	waitpid(child, &status, 0);
	return status == 0 && (call == by_read || milliseconds() - start >= 390);
}

static void *send_signals(void *arg)
{
	struct timespec pause_for = { 0, 20000000 };

	for (int i = 0; i < 10; i++) {
		nanosleep(&pause_for, NULL);
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
	}
	return write(ends[1], "r", 1) == 1 ? NULL : arg;
}

/* Ten handlers with SA_RESTART while the call sleeps. */
static int interrupted(int (*call)(void))
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	pthread_t thread, self = pthread_self();
	char byte;
	int right;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, send_signals, &self);
	right = call();
	pthread_join(thread, NULL);
	if (call != by_read)
		right &= read(ends[0], &byte, 1) == 1;
	return right;
}

int main(void)
{
	if (pipe(ends) != 0)
		return 1;
	report(stopped(by_nanosleep), "nanosleep, stopped and continued");
	report(stopped(by_raw_nanosleep), "nanosleep by instruction");
	report(stopped(by_clock_nanosleep), "clock_nanosleep to a point in time");
	report(stopped(by_poll), "poll");
	report(stopped(by_futex), "futex wait");
	report(stopped(by_semaphore), "sem_timedwait");
	report(stopped(by_wait), "waitpid");
	report(stopped(by_read), "read");
	report(interrupted(by_read), "read is restarted after ten handlers");
	report(interrupted(by_wait), "waitpid is");
	return report_summary();
}
