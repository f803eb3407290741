/* What a process with compartments, and others beside it, may still do. */
// test: cflags=-pthread smp=2 helpers=ring3
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include "compartments.h"

extern char **environ;

static int own_pages(void)
{
	char *page = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* New memory is everybody's until it gets a key; from then on it is the owner's to change. */
	if (page == MAP_FAILED || pkey_mprotect(page, 4 * PAGE, PROT_READ | PROT_WRITE, OWN_KEY) != 0)
		return errno;
	page[0] = 1;
	if (mprotect(page + PAGE, PAGE, PROT_READ) != 0 || madvise(page, PAGE, MADV_DONTNEED) != 0 || page[0] != 0)
		return errno ? errno : 1;
	page = mremap(page + 2 * PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	if (page == MAP_FAILED || munmap(page, 3 * PAGE) != 0 || munmap(own, PAGE) != 0)
		return errno;
	free(memset(malloc(1 << 20), 1, 1 << 20));
	return 0;
}

static int calls(void)
{
	char path[] = "/tmp/allowedXXXXXX", back[4];
	int file = mkstemp(path), ends[2];

	strcpy(own, "abc");
	if (pwrite(file, own, 4, 0) != 4 || pread(file, back, 4, 0) != 4 || strcmp(back, "abc") != 0)
		return errno;
	if (pipe(ends) != 0 || write(ends[1], own, 4) != 4 || read(ends[0], own, 4) != 4)
		return errno;
	/* Libc asks the kernel, since the thread has no rseq area any more. */
	return sched_getcpu() >= 0 && sched_getcpu() < 2 ? 0 : 1;
}

static int forks(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		/* It is protected as its parent is. */
		if (munmap(victim, PAGE) == 0 || errno != EPERM || munmap(own, PAGE) != 0)
			_exit(1);
		child = fork();
		if (child == 0)
			_exit(*(volatile char *)victim);
		waitpid(child, &status, 0);
		_exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? 0 : 2);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static int runs_programs(void)
{
	char *self[] = { "program", "fresh", NULL }, *ring3[] = { "ring3", "ring", NULL };
	char path[200];
	int status;
	pid_t child;

	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, self, environ) != 0)
		return 1;
	waitpid(child, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 100 + WEXITSTATUS(status);
	snprintf(path, sizeof(path), "%s/ring3", getenv("HELPERS"));
	if (posix_spawn(&child, path, NULL, NULL, ring3, environ) != 0)
		return 2;
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 3 ? 0 : 3;
}

/* The program that was started has no compartments yet, and may have its own; until then no code that is written to, as opening its gates
 * would take. */
static int fresh(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != EACCES ||
	    mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0 || errno != EACCES)
		return 4;
	if (page == MAP_FAILED || sigaction(SIGUSR1, &action, NULL) != 0 || syscall(SYS_pkey_alloc, 0, 0) < 1)
		return 1;
	wrpkru(0);
	return start_compartments(0) != 0 ? 2 : munmap(page, PAGE) != 0 ? 3 : 0;
}

static void *thread(void *arg)
{
	wrpkru(ATTACKER);
	strcpy(own + PAGE, "thread");
	usleep(1000);
	*(int *)arg = MEANING(rdpkru()) == MEANING(ATTACKER) && munmap(victim, PAGE) == -1 && errno == EPERM;
	return NULL;
}

static int has_threads(void)
{
	pthread_t id[4];
	int good[4] = { 0 };

	wrpkru(pkru_of(1U << 0 | 1U << OWN_KEY | 1U << GATE_KEY));
	for (int i = 0; i < 4; i++)
		if (pthread_create(&id[i], NULL, thread, &good[i]) != 0)
			return 1;
	wrpkru(ATTACKER);
	for (int i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
	return good[0] + good[1] + good[2] + good[3] == 4 ? 0 : 2;
}

/* A debugger that is no descendant sees and changes all. */

static volatile int go_on;

static void __attribute__((noinline)) debugged(void)
{
	enter(COMPARTMENTS);
	*last_result = 1;
	while (!go_on)
		getppid();
	wrpkru(0);
	_exit(strcmp(victim, "patched") == 0 ? 33 : 34);
}

static int from_outside(void)
{
	char buffer[sizeof(SECRET)], path[40];
	struct iovec to = { buffer, sizeof(buffer) }, from = { victim, sizeof(buffer) };
	struct user_regs_struct regs;
	long patch;
	int status, file, calls = 0;
	pid_t child;

	*last_result = 0;
	child = fork();
	if (child == 0)
		debugged();
	while (!*last_result)
		usleep(1000);
	if (process_vm_readv(child, &to, 1, &from, 1, 0) != sizeof(buffer) || !is_secret(buffer))
		return 1;
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	file = open(path, O_RDWR);
	if (pread(file, buffer, sizeof(buffer), (off_t)(uintptr_t)victim) != sizeof(buffer) || !is_secret(buffer))
		return 2;
	if (ptrace(PTRACE_ATTACH, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child)
		return 3;
	for (; calls < 10; calls++) {
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		waitpid(child, &status, 0);
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		if (!WIFSTOPPED(status) || regs.orig_rax != SYS_getppid)
			return 4;
	}
	memcpy(&patch, "patched", 8);
	if (ptrace(PTRACE_POKEDATA, child, victim, patch) != 0 || ptrace(PTRACE_POKEDATA, child, &go_on, 1L) != 0 ||
	    ptrace(PTRACE_DETACH, child, NULL, NULL) != 0)
		return 5;
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 33 ? 0 : 6;
}

/* One that is a descendant may trace what has none, but then compartments are not to be had. */
static int traced_by_relative(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl("/proc/self/exe", "program", "traced", NULL);
		_exit(1);
	}
	waitpid(child, &status, WUNTRACED);
	if (!WIFSTOPPED(status))
		return 1;
	ptrace(PTRACE_CONT, child, NULL, NULL);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static int traced(void)
{
	if (syscall(SYS_pkey_alloc, 0, 0) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		return 3;
	raise(SIGSTOP);
	wrpkru(0);
	return start_compartments(0) == -1 && errno == EPERM ? 0 : 4;
}

static void works(const char *name, attack_fn *body)
{
	int result = attack_with(COMPARTMENTS, body);

	report(result == 0, "%s", name);
	if (result)
		note("%s", result_word(result));
}

int main(int argc, char **argv)
{
	int result;

	if (argc == 2)
		return argv[1][0] == 'f' ? fresh() : traced();
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");
	works("a compartment's own mappings are its own", own_pages);
	works("system calls work on its memory", calls);
	works("forked children have the same compartments", forks);
	works("threads start with the gate's rights", has_threads);
	works("other programs run, without compartments", runs_programs);
	works("a program traced by a relative gets none", traced_by_relative);
	result = from_outside();
	report(result == 0, "a debugger outside reads, traces and changes everything");
	if (result)
		note("step %d", result);
	return report_summary();
}
