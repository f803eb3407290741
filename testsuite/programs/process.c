/* What a process asks about itself and its machine. */
// test: mem=128M cflags=-pthread
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static int some_data = 1;

/* The line of /proc/self/maps that holds an address starts with the wanted rights. */
static int mapped(const void *address, const char *rights)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char seen[8], line[500];
	int right = 0;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, seen) == 3 && (uintptr_t)address >= start &&
		    (uintptr_t)address < end)
			right = strncmp(seen, rights, 3) == 0;
	if (maps)
		fclose(maps);
	return right;
}

static void burn_cpu(void *arg)
{
	(void)arg;
	for (;;)
		;
}

static void limits(void)
{
	struct rlimit limit = { 16, 16 }, cpu = { 1, 1 }, none = { 0, 0 }, old;
	int fd, last = -1, status;
	FILE *file;

	getrlimit(RLIMIT_NOFILE, &old);
	limit.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	errno = 0;
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	report(errno == EMFILE && last == 15, "RLIMIT_NOFILE");
	for (; last > 2; last--)
		close(last);
	setrlimit(RLIMIT_NOFILE, &old);
	getrlimit(RLIMIT_CORE, &old);
	setrlimit(RLIMIT_CORE, &none);
	getrlimit(RLIMIT_CPU, &old);
	old.rlim_cur = old.rlim_max;
	cpu.rlim_max = old.rlim_max;
	fflush(stdout);
	if (fork() == 0) {
		setrlimit(RLIMIT_CPU, &cpu);
		burn_cpu(NULL);
	}
	wait(&status);
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU, "RLIMIT_CPU");
	file = fopen("/proc/self/limits", "r");
	report(file != NULL, "/proc/self/limits");
	if (file)
		fclose(file);
}

static void clocks(void)
{
	struct timespec before, after, cpu, resolution, pause_for = { 0, 30000000 };
	struct timeval day;
	struct rusage usage;
	int backwards = 0;
	time_t now = time(NULL);

	clock_gettime(CLOCK_MONOTONIC, &before);
	for (int i = 0; i < 100000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &after);
		backwards += after.tv_sec < before.tv_sec ||
			     (after.tv_sec == before.tv_sec && after.tv_nsec < before.tv_nsec);
		before = after;
	}
	report(backwards == 0, "the monotonic clock never goes back");
	nanosleep(&pause_for, NULL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	report((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec >= 30000000, "nanosleep");
	report(now > 1600000000 && gettimeofday(&day, NULL) == 0 && day.tv_sec >= now && day.tv_sec - now < 60,
	       "the real time is plausible");
	report(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec == 1, "high resolution timers");
	report(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0 && (cpu.tv_sec > 0 || cpu.tv_nsec > 0), "CPU time");
	report(getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss > 100, "getrusage");
}

/* GS is the kernel's while a ring-0 program runs: no program may take it, none is told it can. */
static int gs_is_taken_care_of(void)
{
	static long area[8];
	int set = syscall(SYS_arch_prctl, ARCH_SET_GS, area) == 0;

#ifdef __ukl__
	return !set && !(getauxval(AT_HWCAP2) & 2);
#else
	return set;
#endif
}

int main(void)
{
	char random_a[32], random_b[32], name[16] = "";
	struct utsname machine;
	struct passwd *user;
	int priority;

	report(mapped((void *)(uintptr_t)main, "r-x") && mapped(&some_data, "rw-") && mapped(random_a, "rw-"),
	       "/proc/self/maps shows text, data and stack");
	report(getrandom(random_a, 32, 0) == 32 && getrandom(random_b, 32, 0) == 32 && memcmp(random_a, random_b, 32) != 0,
	       "getrandom");
	report(uname(&machine) == 0 && strcmp(machine.sysname, "Linux") == 0 && strcmp(machine.machine, "x86_64") == 0,
	       "uname");
	report(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_RANDOM) != 0 && getauxval(AT_PHDR) != 0, "auxiliary vector");
	report(sysconf(_SC_PHYS_PAGES) > 1000 && sysconf(_SC_PAGESIZE) == 4096, "sysconf");
	user = getpwuid(0);
	report(getuid() == 0 && user && strcmp(user->pw_name, "root") == 0, "the user is root");
	report(getgrgid(0) && strcmp(getgrgid(0)->gr_name, "root") == 0, "so is the group");
	report(prctl(PR_SET_NAME, "renamed") == 0 && prctl(PR_GET_NAME, name) == 0 && strcmp(name, "renamed") == 0, "prctl");
	/* The session leader may be outside of the PID namespace: then its number is 0. */
	report(getpgid(0) == getpgrp() && getsid(0) >= 0 && getsid(0) == getsid(getpid()), "process group and session");
	priority = getpriority(PRIO_PROCESS, 0);
	report(nice(5) == priority + 5 && getpriority(PRIO_PROCESS, 0) == priority + 5, "nice");
	report(sched_yield() == 0 && sched_getscheduler(0) == SCHED_OTHER, "the scheduler's calls");
	report(gs_is_taken_care_of(), "ARCH_SET_GS");
	limits();
	clocks();
	return report_summary();
}
