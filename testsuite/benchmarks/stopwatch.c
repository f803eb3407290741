/*
 * stopwatch [COMMAND [ARGUMENT...]]: how long a command takes, in nanoseconds.
 *
 * Waits for the next whole second, so that timer ticks meet the command at the same places on
 * every run; runs it without output and prints the monotonic clock's difference. Under QEMU's
 * -icount shift=0 that counts the machine's instructions. Without a command it only waits.
 */
#define _GNU_SOURCE
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

static void wait_for_second(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 2; /* never so soon that it depends on the run whether it is still ahead */
	t.tv_nsec = 0;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

int main(int argc, char **argv)
{
	long long start;
	int status = 0;
	pid_t child;

	wait_for_second();
	if (argc < 2)
		return 0;
	start = now();
	child = fork();
	if (!child) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execv(argv[1], argv + 1);
		_exit(126);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status) {
		fprintf(stderr, "stopwatch: %s ended with wait status %#x\n", argv[1], status);
		return 1;
	}
	printf("%lld\n", now() - start);
	return 0;
}
