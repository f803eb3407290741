/*
 * stopwatch [COMMAND [ARGUMENT...]]: what does a command execute?
 *
 * Waits for a whole second, so that timer ticks meet the command at the same places on every run,
 * and runs it without output between the markers that count.c recognises. What the machine does
 * in that time is counted, not how the clock moves: QEMU lets it jump while nothing runs.
 *
 * Without a command it waits for what comes from outside at its own time, the end of standard
 * input, and then for a fixed time after the machine's start: what follows is the same on every run.
 */
#define _GNU_SOURCE
#include "marker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* When the first command may start, in seconds. */
#define BEGIN 30

static void sleep_until(time_t second)
{
	struct timespec t = { .tv_sec = second };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

/* Exit status 1 if it is too late. */
static int wait_for_begin(void)
{
	char text[4096];
	ssize_t n;

	/* Busy: while the machine has nothing to do, QEMU moves its clock to the next timer at once. */
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	do
		n = read(STDIN_FILENO, text, sizeof text);
	while (n > 0 || (n < 0 && errno == EAGAIN));
	if (now() / 1000000000 >= BEGIN) {
		fprintf(stderr, "stopwatch: standard input ended %lld s after the start, not within %d\n",
			now() / 1000000000, BEGIN);
		return 1;
	}
	sleep_until(BEGIN);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;
	pid_t child;

	if (argc < 2)
		return wait_for_begin();
	/* Never so soon that it depends on the run whether it is still ahead. */
	sleep_until(now() / 1000000000 + 2);
	MARK_START();
	child = fork();
	if (!child) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execv(argv[1], argv + 1);
		_exit(126);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		status = -1;
	MARK_STOP();
	if (status) {
		fprintf(stderr, "stopwatch: %s ended with wait status %#x\n", argv[1], status);
		return 1;
	}
	return 0;
}
