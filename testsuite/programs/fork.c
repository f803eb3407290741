/* fork, vfork, copy-on-write, pipes, wait statuses, SIGCHLD, orphans. */
// test: smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static char private_data[1 << 20];
static volatile sig_atomic_t children_ended;

static void on_child(int signo)
{
	(void)signo;
	children_ended++;
}

static void copy_on_write(void)
{
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char on_stack[4096];
	int status, wrong = 0;
	pid_t child;

	memset(private_data, 'p', sizeof(private_data));
	memset(on_stack, 'p', sizeof(on_stack));
	child = fork();
	if (child == 0) {
		for (size_t i = 0; i < sizeof(private_data); i++)
			wrong += private_data[i] != 'p';
		memset(private_data, 'c', sizeof(private_data));
		memset(on_stack, 'c', sizeof(on_stack));
		shared[0] = 'c';
		_exit(wrong != 0);
	}
	waitpid(child, &status, 0);
	for (size_t i = 0; i < sizeof(private_data); i++)
		wrong += private_data[i] != 'p';
	for (size_t i = 0; i < sizeof(on_stack); i++)
		wrong += on_stack[i] != 'p';
	report(status == 0, "the child sees the parent's memory");
	report(wrong == 0, "the child's writes stay its own");
	report(shared[0] == 'c', "a shared mapping is shared");
	munmap(shared, 4096);
}

static void statuses(void)
{
	int status, right = 0;
	siginfo_t info;
	pid_t child;

	for (int code = 0; code < 256; code += 51) {
		child = fork();
		if (child == 0)
			_exit(code);
		right += waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == code;
	}
	report(right == 6, "exit statuses");
	child = fork();
	if (child == 0) {
		raise(SIGSTOP);
		pause();
	}
	waitpid(child, &status, WUNTRACED);
	report(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "a stopped child");
	kill(child, SIGCONT);
	waitpid(child, &status, WCONTINUED);
	report(WIFCONTINUED(status), "a continued child");
	kill(child, SIGKILL);
	report(waitid(P_PID, (id_t)child, &info, WEXITED) == 0 && info.si_code == CLD_KILLED &&
	       info.si_status == SIGKILL, "a killed child");
	errno = 0;
	report(waitpid(-1, &status, 0) == -1 && errno == ECHILD, "no child is left");
}

static void pipes(void)
{
	enum { SIZE = 1 << 20 };
	static char sent[SIZE], received[SIZE];
	int ends[2], status;
	size_t have = 0;
	ssize_t n;
	pid_t child;

	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)(i * 7 + i / 4096);
	if (pipe(ends) != 0)
		exit(1);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		for (size_t done = 0; done < SIZE; done += (size_t)n) {
			n = write(ends[1], sent + done, SIZE - done);
			if (n <= 0)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], received + have, SIZE - have)) > 0)
		have += (size_t)n;
	close(ends[0]);
	waitpid(child, &status, 0);
	report(have == SIZE && memcmp(sent, received, SIZE) == 0 && status == 0, "1 MiB through a pipe");
	if (pipe(ends) != 0)
		exit(1);
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	errno = 0;
	report(write(ends[1], "x", 1) == -1 && errno == EPIPE, "EPIPE without a reader");
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
}

/* The child of vfork() borrows the parent's memory, and the parent waits. */
static void vforks(void)
{
	volatile int written = 0, right = 0;
	int status = 0;

	for (volatile int i = 0; i < 50; i++) {
		pid_t child = vfork();

		if (child == 0) {
			written = i;
			_exit(i);
		}
		waitpid(child, &status, 0);
		right += written == i && WEXITSTATUS(status) == i;
	}
	report(right == 50, "vfork, 50 times");
}

static void many(void)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART };
	int right = 0, status;

	sigaction(SIGCHLD, &action, NULL);
	for (int i = 0; i < 200; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(i & 127);
		right += waitpid(child, &status, 0) == child && WEXITSTATUS(status) == (i & 127);
	}
	report(right == 200, "200 forks in a row");
	report(children_ended == 200, "each sends SIGCHLD");
	signal(SIGCHLD, SIG_DFL);
}

static void orphans(void)
{
	int ends[2], status;
	char byte = 0;
	pid_t self = getpid(), child;

	if (pipe(ends) != 0)
		exit(1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	child = fork();
	if (child == 0) {
		if (fork() == 0) {
			while (getppid() != self)
				usleep(1000);
			if (write(ends[1], "o", 1) != 1)
				_exit(1);
			_exit(33);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	report(read(ends[0], &byte, 1) == 1 && byte == 'o', "an orphan gets a new parent");
	report(waitpid(-1, &status, 0) > 0 && WEXITSTATUS(status) == 33, "the subreaper waits for it");
}

static void nested(void *arg)
{
	int *depth = arg;
	int status;

	if (--*depth > 0) {
		status = in_child(nested, depth);
		_exit(WEXITSTATUS(status) + 1);
	}
	_exit(1);
}

int main(void)
{
	int depth = 20;

	copy_on_write();
	statuses();
	pipes();
	vforks();
	many();
	orphans();
	report(WEXITSTATUS(in_child(nested, &depth)) == 20, "20 generations");
	return report_summary();
}
