/* One program for the launcher's tests; its first argument says what it does. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int copy(int from, int to)
{
	static char buffer[1 << 16];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0, sent; done < n; done += sent) {
			sent = write(to, buffer + done, (size_t)(n - done));
			if (sent <= 0)
				return 1;
		}
	return n < 0;
}

static int show_args(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("%zu:%s\n", strlen(argv[i]), argv[i]);
	return 0;
}

static int show_env(const char *name)
{
	const char *value = getenv(name);

	printf("%s\n", value ? value : "(unset)");
	return 0;
}

static int both_streams(void)
{
	for (int i = 0; i < 1000; i++) {
		printf("out %d\n", i);
		fprintf(stderr, "err %d\n", i);
	}
	return 0;
}

/* sysrq c */
static int panic(void)
{
	int trigger = open("/proc/sysrq-trigger", O_WRONLY);

	return trigger < 0 || write(trigger, "c", 1) != 1;
}

/* Nanoseconds of a fixed amount of work. */
/* The least of some runs: ticks, and what the host sends, come at their own time. */
static int time_work(void)
{
	long least = 0;

	for (int run = 0; run < 20; run++) {
		struct timespec start, end;
		volatile unsigned long sum = 0;
		long taken;

		clock_gettime(CLOCK_MONOTONIC, &start);
		for (unsigned long i = 0; i < 50000; i++)
			sum += i;
		for (int i = 0; i < 100; i++)
			getppid();
		clock_gettime(CLOCK_MONOTONIC, &end);
		taken = (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec;
		if (!run || taken < least)
			least = taken;
	}
	printf("%ld\n", least);
	return 0;
}

/* A child takes all memory; the parent outlives it. */
static int exhaust_memory(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		for (size_t size = 1 << 20;; size = 1 << 20) {
			char *memory = malloc(size);

			if (!memory)
				_exit(9);
			memset(memory, 1, size);
		}
	}
	waitpid(child, &status, 0);
	printf("child %s %d, parent alive\n", WIFSIGNALED(status) ? "killed by" : "exited with",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}

/* The time of day, for each byte of standard input. */
static int tell_time(void)
{
	struct timespec now;
	char c;

	while (read(0, &c, 1) == 1) {
		clock_gettime(CLOCK_REALTIME, &now);
		printf("%ld.%06ld\n", (long)now.tv_sec, now.tv_nsec / 1000);
		fflush(stdout);
	}
	return 0;
}

static int count_cpus(void)
{
	printf("%ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	return 0;
}

static int show_memory(void)
{
	printf("%ld\n", sysconf(_SC_PHYS_PAGES) / 256);
	return 0;
}

/* mount DEVICE FOLDER TYPE */
static int mount_disk(char **argv)
{
	if (mount(argv[2], argv[3], argv[4], 0, NULL) != 0) {
		perror("mount");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "args") == 0)
		return show_args(argc - 2, argv + 2);
	if (strcmp(what, "env") == 0)
		return show_env(argv[2]);
	if (strcmp(what, "cwd") == 0)
		return printf("%s\n", getcwd(NULL, 0)) < 0;
	if (strcmp(what, "cat") == 0)
		return copy(0, 1);
	if (strcmp(what, "both") == 0)
		return both_streams();
	if (strcmp(what, "exit") == 0)
		return atoi(argv[2]);
	if (strcmp(what, "signal") == 0)
		return raise(atoi(argv[2]));
	if (strcmp(what, "panic") == 0)
		return panic();
	if (strcmp(what, "hang") == 0)
		for (;;)
			pause();
	if (strcmp(what, "spin") == 0)
		for (volatile int spin = 1; spin;)
			;
	if (strcmp(what, "time") == 0)
		return time_work();
	if (strcmp(what, "oom") == 0)
		return exhaust_memory();
	if (strcmp(what, "clock") == 0)
		return tell_time();
	if (strcmp(what, "cpus") == 0)
		return count_cpus();
	if (strcmp(what, "memory") == 0)
		return show_memory();
	if (strcmp(what, "shell") == 0)
		return WEXITSTATUS(system(argv[2]));
	if (strcmp(what, "mount") == 0 && argc > 4)
		return mount_disk(argv) || WEXITSTATUS(system(argv[5]));
	return 99;
}
