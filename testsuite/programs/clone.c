/* clone() in its forms, clone3, namespaces aside: shared and separate halves of a process. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

enum { STACK = 65536 };

static char stack[STACK] __attribute__((aligned(16)));
static int number, changed_folder;

static int child(void *arg)
{
	volatile char frame[8192];

	frame[0] = frame[8191] = 1;
	number += *(int *)arg + frame[0];
	changed_folder = chdir("/tmp");
	return 21;
}

static int run(int flags, int *exit_code)
{
	int add = 5, status = -1;
	pid_t pid;

	memset(stack, 0, sizeof(stack));
	pid = clone(child, stack + STACK, flags | SIGCHLD, &add);
	if (pid <= 0 || waitpid(pid, &status, 0) != pid)
		return 0;
	*exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return 1;
}

/* clone3 with a stack: the child must not use the parent's frame. */
static int clone3_works(void)
{
	static volatile int *shared;
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
	int pidfd = -1;
	siginfo_t info = { 0 };
	long pid;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	args.pidfd = (unsigned long)&pidfd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		*shared = getpid();
		_exit(3);
	}
	return pid > 0 && pidfd >= 0 && waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == 0 &&
	       info.si_status == 3 && *shared == pid;
}

int main(void)
{
	char folder[100];
	int code;

	report(chdir("/") == 0 && run(0, &code) && code == 21, "clone starts a function");
	report(number == 0 && getcwd(folder, sizeof(folder)) && strcmp(folder, "/") == 0, "nothing is shared by default");
	report(run(CLONE_VM, &code) && code == 21 && number == 6, "CLONE_VM shares memory");
	report(run(CLONE_VM | CLONE_VFORK, &code) && code == 21 && number == 12, "CLONE_VFORK too");
	report(changed_folder == 0 && getcwd(folder, sizeof(folder)) && strcmp(folder, "/") == 0, "but not the folder");
	report(run(CLONE_FS, &code) && getcwd(folder, sizeof(folder)) && strcmp(folder, "/tmp") == 0,
	       "CLONE_FS shares the folder");
	report(clone3_works(), "clone3 with a pidfd");
	errno = 0;
	report(clone(child, stack + STACK, CLONE_SIGHAND | SIGCHLD, NULL) == -1 && errno == EINVAL,
	       "a senseless combination gives EINVAL");
	return report_summary();
}
