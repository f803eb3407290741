/* The process is an ordinary one: not PID 1, default signal actions, sane descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static void raise_term(void *arg)
{
	(void)arg;
	raise(SIGTERM);
}

int main(void)
{
	struct sigaction action;
	sigset_t blocked;
	struct stat info;
	int status, others = 0, caught = 0;

	report(getpid() > 1 && getppid() >= 1, "the program is not PID 1");
	for (int signo = 1; signo < 32; signo++)
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			caught++;
	report(caught == 0, "all signal actions are the default ones");
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	report(!sigismember(&blocked, SIGTERM) && !sigismember(&blocked, SIGCHLD),
	       "no signal is blocked at the start");
	status = in_child(raise_term, NULL);
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "SIGTERM's default action ends a child");
	for (int fd = 0; fd < 3; fd++)
		others += fcntl(fd, F_GETFD) == 0;
	report(others == 3, "descriptors 0, 1 and 2 are open");
	report(waitpid(-1, NULL, WNOHANG) == -1, "no child was inherited");
	report(stat("/tmp", &info) == 0 && S_ISDIR(info.st_mode), "/tmp is a folder");
	report(access("/tmp", W_OK) == 0, "/tmp can be written");
	report(access("/proc/self/exe", F_OK) == 0, "/proc is mounted");
	report(access("/sys/kernel", F_OK) == 0, "/sys is mounted");
	report(access("/dev/null", W_OK) == 0 && access("/dev/urandom", R_OK) == 0, "/dev is populated");
	report(access("/bin/sh", X_OK) == 0, "/bin/sh exists");
	return report_summary();
}
