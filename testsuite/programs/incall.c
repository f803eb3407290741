/* A thread that waits in a call is seen in it: /proc/PID/syscall shows the call with its
 * arguments, a tracer that comes along finds it there, and it goes on when the tracer has left. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static int ends[2];
static char *buffer;
static char stack_mark;
/* Not a constant: compilers would see what is wrong. */
static char *volatile bad = (char *)8, *volatile beyond = (char *)(1ul << 63);

/* What /proc says of the process's call, once it waits: number, arguments, stack and instruction pointer. */
static int waiting_call(pid_t pid, unsigned long *field)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	for (int try = 0; try < 500; try++) {
		int fd = open(path, O_RDONLY);
		ssize_t size = read(fd, text, sizeof(text) - 1);

		close(fd);
		text[size > 0 ? size : 0] = '\0';
		if (sscanf(text, "%lu 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", &field[0], &field[1],
			   &field[2], &field[3], &field[4], &field[5], &field[6], &field[7], &field[8]) == 9)
			return 1;
		usleep(10000);
	}
	note("%s: %s", path, text);
	return 0;
}

static pid_t reader(void)
{
	pid_t child = fork();

	if (child == 0) {
		ssize_t got = read(ends[0], buffer, 77);

		_exit(got == 3 && !memcmp(buffer, "abc", 3) ? 42 : 1);
	}
	return child;
}

static void in_proc(void)
{
	unsigned long field[9] = { 0 };
	long near;
	int status;
	pid_t child = reader();

	report(waiting_call(child, field), "/proc shows a call");
	report(field[0] == SYS_read, "its number");
	report((int)field[1] == ends[0] && field[2] == (unsigned long)buffer && field[3] == 77,
	       "its arguments");
	near = (long)field[7] - (long)&stack_mark;
	report(field[7] != 0 && field[7] < 1ul << 47 && near != 0, "a stack pointer of the program");
	report(field[8] != 0 && field[8] < 1ul << 47, "an instruction pointer of the program");
	report(write(ends[1], "abc", 3) == 3 && waitpid(child, &status, 0) == child &&
		       WEXITSTATUS(status) == 42, "the call gets its data");
}

static void attached(void)
{
	struct user_regs_struct regs;
	unsigned long field[9];
	int status, first;
	pid_t child = reader();

	waiting_call(child, field);
	report(ptrace(PTRACE_SEIZE, child, NULL, (void *)PTRACE_O_TRACESYSGOOD) == 0, "a tracer comes");
	ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
	waitpid(child, &status, 0);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	report(WIFSTOPPED(status) && regs.orig_rax == SYS_read && (long)regs.rax == -512,
	       "the call was interrupted and will be restarted");
	report((int)regs.rdi == ends[0] && regs.rsi == (unsigned long)buffer && regs.rdx == 77,
	       "its arguments are in the registers");
	/* Restarted: now the tracer sees the call begin... */
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	waitpid(child, &status, 0);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	first = WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
	report(first && regs.orig_rax == SYS_read && (int)regs.rdi == ends[0], "the tracer sees it begin again");
	/* ...and end. */
	report(write(ends[1], "abc", 3) == 3, "data");
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	waitpid(child, &status, 0);
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	report(WIFSTOPPED(status) && regs.rax == 3, "and end");
	report(ptrace(PTRACE_DETACH, child, NULL, NULL) == 0, "the tracer leaves");
	report(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 42, "the program goes on");
}

/* Many short calls: a tracer that came while they run sees each of them from then on. */
static void running(void)
{
	struct user_regs_struct regs;
	int status, wrong = 0;
	pid_t child = fork();

	if (child == 0)
		for (;;)
			getppid();
	usleep(100000);
	ptrace(PTRACE_SEIZE, child, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
	waitpid(child, &status, 0);
	for (int stop = 0; stop < 200; stop++) {
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		waitpid(child, &status, 0);
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		wrong += !WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80) ||
			 regs.orig_rax != SYS_getppid;
		/* Entry and exit alternate. */
		wrong += (stop % 2 ? regs.rax != (unsigned long)getpid() : (long)regs.rax != -ENOSYS);
	}
	report(wrong == 0, "100 calls of a running program, each begin and end");
	kill(child, SIGKILL);
	report(waitpid(child, &status, 0) == child, "killed while traced");
}

/* Bad pointers and descriptors, through calls that take all kinds of ways inside. */
static void bad_arguments(void)
{
	struct iovec vector = { bad, 10 };
	int zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR), event = ends[1];
	char name[] = "/tmp/incall-XXXXXX";
	int file = mkstemp(name);
	char *hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char byte = 'x';

	munmap(hole + 4096, 4096);
	report(read(-1, &byte, 1) == -1 && errno == EBADF && write(999, &byte, 1) == -1 && errno == EBADF,
	       "EBADF");
	report(read(null, beyond, 1) == -1 && errno == EFAULT, "EFAULT beyond the program's half");
	report(read(zero, bad, 1) == -1 && errno == EFAULT, "EFAULT from /dev/zero");
	report(read(zero, hole + 4090, 10) == 6, "a short read up to the hole");
	report(write(event, bad, 1) == -1 && errno == EFAULT, "EFAULT to a pipe");
	report(write(file, bad, 1) == -1 && errno == EFAULT, "EFAULT to a file");
	report(pwrite(file, "12345678", 8, 0) == 8 && pread(file, bad, 8, 0) == -1 && errno == EFAULT,
	       "EFAULT from a file");
	report(readv(file, &vector, 1) == -1 && errno == EFAULT, "EFAULT from a vector");
	report(read(open("/dev/null", O_WRONLY), &byte, 1) == -1 && errno == EBADF, "EBADF: only for writing");
	report(read(open("/", O_RDONLY | O_DIRECTORY), &byte, 1) == -1 && errno == EISDIR, "EISDIR");
	report(read(open("/", O_PATH), &byte, 1) == -1 && errno == EBADF, "EBADF: O_PATH");
	report(read(zero, NULL, 0) == 0 && write(null, NULL, 0) == 0 && write(null, &byte, 1) == 1, "nothing");
	report(poll(NULL, 0, 0) == 0, "poll of nothing");
	unlink(name);
}

int main(void)
{
	buffer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	report(buffer != MAP_FAILED && pipe(ends) == 0, "a pipe");
	in_proc();
	attached();
	running();
	bad_arguments();
	return report_summary();
}
