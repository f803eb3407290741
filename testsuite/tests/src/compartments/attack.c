/*
 * A hostile library attacks gates in children, which may die of it. What must not happen is that one reads the
 * vault's secret. argv[1]: "try", with a number below SETS, or "read" or
 * "stray", which must read it where nothing keeps them from it, to show that this is noticed; or "kernel" and addresses
 * of the kernel's text, each of which is tried with all sets of registers.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "attack.h"

#define PATIENCE 30	/* in 10 ms, without a step forward */

long main_callback(long x)
{
	return x + 1;
}

static void child(struct progress *progress, unsigned long first, int how)
{
	int null = open("/dev/null", O_WRONLY);

	/* One report for each attempt. */
	dup2(null, 2);
	lib_attack(progress, vault_secret(), first, how);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct progress *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int how = argc < 2 || !strcmp(argv[1], "try") ? BY_TRYING : !strcmp(argv[1], "read") ? BY_READING :
		  !strcmp(argv[1], "kernel") ? BY_THE_KERNEL : BY_A_STRAY_INSTRUCTION;
	unsigned long next = 0, all = how == BY_TRYING ? lib_attempts() : 1;
	unsigned long died[65] = { 0 }, ended = 0, stuck = 0, other = 0;
	static int started;

	/* There is a gate to this function, too. */
	if (started++)
		_exit(0);
	if (how == BY_THE_KERNEL) {
		for (int i = 2; i < argc && i - 2 < TARGETS; i++)
			progress->targets[i - 2] = strtoull(argv[i], NULL, 16);
		all = (unsigned long)(argc - 2) * SETS;
		progress->attempts = all;
	}
	progress->seed = how == BY_TRYING && argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	if (!lib_calls())
		return 9;
	while (next < all && !progress->leak) {
		unsigned long seen = next;
		int status, waited = 0;
		pid_t pid;

		progress->attempt = next;
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			child(progress, next, how);
		while (waitpid(pid, &status, WNOHANG) == 0) {
			usleep(10000);
			if (progress->attempt != seen) {
				seen = progress->attempt;
				waited = 0;
			} else if (++waited == PATIENCE) {
				kill(pid, SIGKILL);
			}
		}
		if (WIFSIGNALED(status)) {
			died[WTERMSIG(status)]++;
			stuck += WTERMSIG(status) == SIGKILL;
			if (WTERMSIG(status) != SIGSEGV && WTERMSIG(status) != SIGILL)
				printf("# attempt %lu: signal %d\n", progress->attempt, WTERMSIG(status));
			other += WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGSEGV && WTERMSIG(status) != SIGILL;
		} else {
			ended++;
		}
		next = how == BY_TRYING || how == BY_THE_KERNEL ? progress->attempt + 1 : all;
	}
	printf("# %lu attempts: %lu faults and %lu bad instructions survived, %lu came back to it\n", all,
	       progress->faults, progress->bad_instructions, progress->landed);
	printf("# children: %lu killed by SIGSEGV, %lu by SIGILL, %lu ended, %lu stuck, %lu died otherwise\n", died[SIGSEGV], died[SIGILL],
	       ended, stuck, other);
	if (progress->leak)
		printf("the secret was read in attempt %lu\n", progress->leak - 1);
	else
		printf("the secret was not read\n");
	return progress->leak != 0;
}
