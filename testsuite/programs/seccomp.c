/* seccomp filters see the program's calls: errno, trap, kill, strict mode. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static volatile int trapped_number;

static int filter(int number, unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void refuses(void *arg)
{
	long number = SYS_getpgrp;

	(void)arg;
	if (!filter(SYS_getpgrp, SECCOMP_RET_ERRNO | EXDEV))
		_exit(1);
	errno = 0;
	if (syscall(SYS_getpgrp) != -1 || errno != EXDEV || getppid() <= 0)
		_exit(2);
	__asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
	_exit(number == -EXDEV ? 0 : 3);
}

static void on_sigsys(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	trapped_number = info->si_syscall;
}

static void traps(void *arg)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	(void)arg;
	sigaction(SIGSYS, &action, NULL);
	if (!filter(SYS_getpgrp, SECCOMP_RET_TRAP))
		_exit(1);
	syscall(SYS_getpgrp);
	_exit(trapped_number == SYS_getpgrp ? 0 : 2);
}

static void kills(void *arg)
{
	(void)arg;
	if (!filter(SYS_getpgrp, SECCOMP_RET_KILL_PROCESS))
		_exit(1);
	syscall(SYS_getpgrp);
	_exit(2);
}

static void strict(void *arg)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
		_exit(1);
	if (arg)
		getppid();
	syscall(SYS_exit, 4);
}

int main(void)
{
	int status = in_child(refuses, NULL);

	report(status == 0, "a filter gives an error number, to libc and to the instruction");
	report(in_child(traps, NULL) == 0, "a filter sends SIGSYS with the call's number");
	status = in_child(kills, NULL);
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "a filter kills");
	report(WEXITSTATUS(in_child(strict, NULL)) == 4, "strict mode lets exit through");
	status = in_child(strict, "more");
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "and kills on the rest");
	return report_summary();
}
