/* A program executes itself, by /proc/self/exe and by its own name, with arguments,
 * environment, descriptors and masks handed over; posix_spawn does the same. */
// test: cflags=-pthread
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static char big[100000];

/* The second life: 0 when everything arrived. */
static int reborn(char **argv)
{
	unsigned short cs;
	sigset_t mask;
	struct sigaction action;

	if (strcmp(argv[2], "ring") == 0) {
		__asm__("mov %%cs, %0" : "=r"(cs));
		return cs & 3;
	}
	if (strcmp(argv[2], "handed") != 0)
		return 90;
	if (strlen(argv[3]) != sizeof(big) - 1 || strcmp(argv[4], "ä \"quoted\"") != 0 || argv[5])
		return 91;
	if (!getenv("ONLY") || strcmp(getenv("ONLY"), "one") != 0 || getenv("PATH"))
		return 92;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigaction(SIGUSR1, NULL, &action);
	if (!sigismember(&mask, SIGUSR2) || action.sa_handler != SIG_DFL)
		return 93;
	sigaction(SIGHUP, NULL, &action);
	if (action.sa_handler != SIG_IGN)
		return 94;
	if (fcntl(100, F_GETFD) == -1 || fcntl(101, F_GETFD) != -1)
		return 95;
	return 0;
}

static int wait_for(pid_t child)
{
	int status = -1;

	if (child <= 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void ignore(int signo)
{
	(void)signo;
}

static int handed(const char *path)
{
	char *argv[] = { (char *)"name", (char *)"again", (char *)"handed", big, (char *)"ä \"quoted\"", NULL };
	char *envp[] = { (char *)"ONLY=one", NULL };
	pid_t child = fork();
	sigset_t mask;

	if (child == 0) {
		sigemptyset(&mask);
		sigaddset(&mask, SIGUSR2);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		signal(SIGUSR1, ignore);
		signal(SIGHUP, SIG_IGN);
		dup2(1, 100);
		dup3(1, 101, O_CLOEXEC);
		execve(path, argv, envp);
		_exit(99);
	}
	return wait_for(child);
}

static int ring_after(const char *path)
{
	pid_t child = vfork();

	if (child == 0) {
		execl(path, path, "again", "ring", (char *)NULL);
		_exit(99);
	}
	return wait_for(child);
}

static void *exec_from_thread(void *arg)
{
	execl("/proc/self/exe", "exec", "again", "ring", (char *)NULL);
	return arg;
}

static int exec_by_thread(void)
{
	pthread_t thread;
	pid_t child = fork();

	if (child == 0) {
		pthread_create(&thread, NULL, exec_from_thread, NULL);
		for (;;)
			pause();
	}
	return wait_for(child);
}

/* Nothing random to be done on the way: then exec sleeps nowhere before it touches the new program. */
static int exec_unrandomized(const char *path)
{
	pid_t child = fork();

	if (child == 0) {
		personality(ADDR_NO_RANDOMIZE);
		execl(path, "again", "again", "ring", (char *)NULL);
		_exit(96);
	}
	return wait_for(child);
}

int main(int argc, char **argv)
{
	static char self[PATH_MAX];
	char *spawn_argv[] = { self, (char *)"again", (char *)"ring", NULL };
	unsigned short cs;
	int ring, right = 0;
	pid_t child = -1;

	if (argc > 2)
		return reborn(argv);
	__asm__("mov %%cs, %0" : "=r"(cs));
	ring = cs & 3;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	memset(big, 'b', sizeof(big) - 1);
	report(handed("/proc/self/exe") == 0, "/proc/self/exe: arguments, environment, signals, descriptors");
	report(handed(self) == 0, "its own path: the same");
	report(handed(argv[0]) == 0, "argv[0] as a path: the same");
	report(ring_after("/proc/self/exe") == ring, "the new program runs in the same ring, after vfork too");
	for (int i = 0; i < 20; i++)
		right += ring_after(self) == ring;
	report(right == 20, "20 executions in a row");
	report(exec_unrandomized(self) == ring, "without address space randomization");
	report(exec_by_thread() == ring, "a thread that is not the first executes");
	report(posix_spawn(&child, self, NULL, NULL, spawn_argv, environ) == 0 && wait_for(child) == ring,
	       "posix_spawn");
	errno = 0;
	report(execl("/no/such/program", "x", (char *)NULL) == -1 && errno == ENOENT, "a missing file gives ENOENT");
	errno = 0;
	report(execl("/etc/passwd", "x", (char *)NULL) == -1 && (errno == EACCES || errno == ENOEXEC),
	       "a text file is refused");
	return report_summary();
}
