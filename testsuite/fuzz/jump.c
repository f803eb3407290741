/*
 * jump FIRST END STEP SEED KERNEL-SECRET VAULT CONTROL: a library jumps to every STEP-th address from FIRST to END of the kernel's
 * text, in processes of CHILD jumps each, or fewer if it does not survive one. KERNEL-SECRET is the address of the
 * kernel's poweroff_cmd, in which a secret is planted, or 0; VAULT is 1 if the vault is a compartment, and CONTROL is 1 for jumps to
 * the library itself. Prints where in the machine's memory the counts are, waits for a character on standard input, and
 * prints a line for what is not an ordinary end:
 * "stuck ADDRESS", "signal NUMBER ADDRESS", "oops or warning FIRST LAST", "lost FIRST END", "leak
 * WHERE INDEX VALUE ADDRESS".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "jump.h"

#define OOPSES "/sys/kernel/oops_count"
#define SETTING "/proc/sys/kernel/poweroff_cmd"
#define WARNINGS "/sys/kernel/warn_count"

/* Jumps; ticks of 10 ms without one, the first time and when it is tried again: the host may be busy. */
enum { CHILD = 512, PATIENCE = 20, MORE_PATIENCE = 80 };

static const char *const leaks[8] = {
	[LEAK_KERNEL] = "read-kernel", [LEAK_VAULT] = "read-vault", [LEAK_REGISTER] = "register", [LEAK_SIGNAL] = "signal-register",
	[LEAK_STACK] = "stack", [LEAK_MEMORY] = "memory",
};

static struct shared *shared;

static void on_tick(int signo)
{
	(void)signo;
	shared->ticks++;
}

static uint64_t read_number(const char *file)
{
	char text[32] = "";
	int fd = open(file, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) {
		perror(file);
		exit(2);
	}
	close(fd);
	return strtoull(text, NULL, 10);
}

/* In a setting that no single system call reads. */
static void plant(void)
{
	static volatile uint32_t complement = NO_KERNEL_SECRET;
	char secret[SECRET_BYTES];
	int setting = open(SETTING, O_WRONLY);

	plant_secret((unsigned char *)secret, complement);
	if (setting < 0 || write(setting, secret, sizeof secret) != sizeof secret) {
		perror(SETTING);
		exit(2);
	}
	close(setting);
	explicit_bzero(secret, sizeof secret);
}

/* Where the page is in the machine's memory. */
static uint64_t physical(const void *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (fd < 0 || pread(fd, &entry, 8, (off_t)((uint64_t)page / 4096 * 8)) != 8 || !(entry & 0x7fffffffffffff)) {
		perror("/proc/self/pagemap");
		exit(2);
	}
	close(fd);
	return (entry & 0x7fffffffffffff) * 4096;
}

/* Waits for the library's process, or kills it. */
static int wait_for(pid_t pid, int patience)
{
	uint64_t seen = shared->jumps;
	int status, ticks = 0;

	while (waitpid(pid, &status, 0) != pid || WIFSTOPPED(status)) {
		if (shared->jumps != seen) {
			seen = shared->jumps;
			ticks = 0;
		} else if (++ticks == patience) {
			kill(pid, SIGKILL);
		}
	}
	return ticks >= patience ? -1 : status;
}

int main(int argc, char **argv)
{
	struct sigaction tick = { .sa_handler = on_tick };
	struct itimerval every = { { 0, 10000 }, { 0, 10000 } };
	struct range range = { 0 };
	uint64_t next, end, doubtful = 0, oopses, warnings;
	char go;
	int null = open("/dev/null", O_WRONLY), trace = open("/proc/sys/debug/exception-trace", O_WRONLY);

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc != 8 || shared == MAP_FAILED)
		return 2;
	/* A line in the kernel's log for each process that dies is too much. */
	if (trace >= 0 && write(trace, "0", 1) == 1)
		close(trace);
	setvbuf(stdout, NULL, _IOLBF, 0);
	next = strtoull(argv[1], NULL, 16);
	end = strtoull(argv[2], NULL, 16);
	range.step = strtoull(argv[3], NULL, 0);
	range.seed = strtoull(argv[4], NULL, 0);
	range.kernel = (const volatile unsigned char *)strtoull(argv[5], NULL, 16);
	range.vault = atoi(argv[6]) ? vault_secret() : NULL;
	range.control = atoi(argv[7]);
	plant();
	shared->at = 0;
	printf("page %llu\n", (unsigned long long)physical(shared));
	/* The machine may end at once: until the line has been read. */
	if (read(0, &go, 1) != 1)
		return 2;
	sigaction(SIGALRM, &tick, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	oopses = read_number(OOPSES);
	warnings = read_number(WARNINGS);
	while (next < end) {
		pid_t pid;
		int status;

		range.first = next;
		range.end = end - next > CHILD * range.step ? next + CHILD * range.step : end;
		shared->at = next;
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			/* Reports of each fault. */
			dup2(null, 1);
			dup2(null, 2);
			shared->range = range;
			lib_jump(shared);
			_exit(77);
		}
		if (pid < 0) {
			perror("fork");
			return 2;
		}
		status = wait_for(pid, doubtful == next ? MORE_PATIENCE : PATIENCE);
		/* Nobody else writes it, but the kernel could have been made to. */
		if (shared->at < range.first || shared->at >= range.end || (shared->at - range.first) % range.step) {
			printf("lost %llx %llx\n", (unsigned long long)range.first, (unsigned long long)range.end);
			shared->at = range.first;
		}
		if (read_number(OOPSES) - oopses != shared->oopses || read_number(WARNINGS) - warnings != shared->warnings) {
			shared->oopses = read_number(OOPSES) - oopses;
			shared->warnings = read_number(WARNINGS) - warnings;
			printf("oops or warning %llx %llx\n", (unsigned long long)range.first, (unsigned long long)shared->at);
		}
		if (shared->leaks) {
			printf("leak %s %llu %llx %llx\n", leaks[shared->leak_how >> 32 & 7], (unsigned long long)shared->leak_how & 0xffffffff,
			       (unsigned long long)shared->leak_value, (unsigned long long)shared->leak_at);
			return 1;
		}
		if (status == -1 && doubtful != shared->at) {
			next = doubtful = shared->at;
			shared->jumps--;
			continue;
		}
		next = shared->at + range.step;
		if (status == -1) {
			shared->stuck++;
			printf("stuck %llx\n", (unsigned long long)shared->at);
		} else if (WIFSIGNALED(status)) {
			shared->died++;
			if (WTERMSIG(status) != SIGSEGV && WTERMSIG(status) != SIGILL)
				printf("signal %d %llx\n", WTERMSIG(status), (unsigned long long)shared->at);
		} else if (WEXITSTATUS(status) != 77 || next < range.end) {
			shared->exited++;
		}
	}
	printf("end\n");
	return 0;
}
