/* Runs a piece of a test in a child process and says how it ended. */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void body_fn(void *arg);

/* Returns the wait status of a child that runs body(arg) and then exits with 0.
 * A child that hangs dies by SIGALRM after 20 seconds. */
static inline int in_child(body_fn *body, void *arg)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(20);
		body(arg);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("in_child");
		exit(1);
	}
	return status;
}

/* What a fault looked like from inside (the handler's siginfo, on an alternate
 * stack) and from outside (the signal that killed a child without a handler). */
struct fault {
	int signo;	/* 0: body returned */
	int code;
	void *addr;
	const unsigned char *ip;	/* rip of the frame */
	int killed_by;	/* 0: it was not killed */
};

static struct fault *fault_seen;

static inline void fault_handler(int signo, siginfo_t *info, void *context)
{
	const ucontext_t *frame = context;

	fault_seen->ip = (const unsigned char *)frame->uc_mcontext.gregs[REG_RIP];
	fault_seen->signo = signo;
	fault_seen->code = info->si_code;
	fault_seen->addr = info->si_addr;
	_exit(0);
}

struct fault_case {
	body_fn *body;
	void *arg;
};

static inline void fault_with_handler(void *arg)
{
	static char stack[65536];
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	struct fault_case *fault = arg;
	struct sigaction action = { .sa_sigaction = fault_handler,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&alternate, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	fault->body(fault->arg);
}

/* Runs body(arg) in two children, with and without a handler. */
static inline struct fault fault_of(body_fn *body, void *arg)
{
	struct fault_case fault = { body, arg };
	struct fault result;
	int status;

	if (!fault_seen) {
		fault_seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (fault_seen == MAP_FAILED) {
			perror("mmap");
			exit(1);
		}
	}
	memset(fault_seen, 0, sizeof(*fault_seen));
	in_child(fault_with_handler, &fault);
	result = *fault_seen;
	status = in_child(body, arg);
	result.killed_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return result;
}

#endif
