/* Protection keys hold for the program and for the kernel's accesses on its behalf. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static char *page;
static int key;
static volatile sig_atomic_t ticks, denied_in_handler;

static void read_page(void *arg)
{
	(void)arg;
	(void)*(volatile char *)page;
}

static void write_page(void *arg)
{
	(void)arg;
	*(volatile char *)page = 2;
}

/* The stack itself gets the key: the very next push is denied. */
static void deny_stack(void *arg)
{
	char *here = (char *)((unsigned long)__builtin_frame_address(0) & ~4095UL);

	(void)arg;
	if (pkey_mprotect(here - 4096, 8192, PROT_READ | PROT_WRITE, key) == 0)
		pkey_set(key, PKEY_DISABLE_ACCESS);
	__asm__ volatile("push %rax\n\tpop %rax");
	_exit(0);
}

static void tick(int signo)
{
	(void)signo;
	ticks++;
	/* A handler starts with the default rights: every key but 0 is closed. */
	denied_in_handler += (pkey_get(key) & PKEY_DISABLE_ACCESS) != 0;
}

static void *other_thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++) {
		pkey_set(key, PKEY_DISABLE_WRITE);
		usleep(100);
		if (pkey_get(key) != PKEY_DISABLE_WRITE)
			return (void *)1L;
	}
	return NULL;
}

static struct fault with_rights(unsigned rights, body_fn *body)
{
	struct fault fault;

	pkey_set(key, rights);
	fault = fault_of(body, NULL);
	pkey_set(key, 0);
	return fault;
}

static void all_cases(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	struct fault fault;
	pthread_t thread;
	void *result;
	int ends[2], wrong = 0, status;

	*page = 1;
	report(pkey_mprotect(page, 4096, PROT_READ | PROT_WRITE, key) == 0, "pkey_mprotect");
	fault = with_rights(0, write_page);
	report(fault.signo == 0 && fault.killed_by == 0, "an open key allows a write");
	fault = with_rights(PKEY_DISABLE_WRITE, read_page);
	report(fault.signo == 0 && fault.killed_by == 0, "a write-disabled key allows a read");
	fault = with_rights(PKEY_DISABLE_WRITE, write_page);
	report(fault.signo == SIGSEGV && fault.code == SEGV_PKUERR && fault.addr == page && fault.killed_by == SIGSEGV,
	       "it denies a write with SEGV_PKUERR");
	fault = with_rights(PKEY_DISABLE_ACCESS, read_page);
	report(fault.signo == SIGSEGV && fault.code == SEGV_PKUERR && fault.addr == page && fault.killed_by == SIGSEGV,
	       "an access-disabled key denies a read");
	status = in_child(deny_stack, NULL);
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "a denied stack kills only the process");

	if (pipe(ends) != 0)
		return;
	pkey_set(key, PKEY_DISABLE_ACCESS);
	errno = 0;
	report(write(ends[1], page, 1) == -1 && errno == EFAULT, "write(2) from a denied page gives EFAULT");
	pkey_set(key, PKEY_DISABLE_WRITE);
	report(write(ends[1], page, 1) == 1, "write(2) from a readable page works");
	errno = 0;
	report(read(ends[0], page, 1) == -1 && errno == EFAULT, "read(2) into a write-denied page gives EFAULT");
	pkey_set(key, 0);
	report(write(ends[1], page, 1) == 1 && read(ends[0], page, 1) == 1, "both work with the key open");

	pthread_create(&thread, NULL, other_thread, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	for (int i = 0; i < 200; i++) {
		pkey_set(key, i % 2 ? PKEY_DISABLE_ACCESS : 0);
		usleep(100);
		for (volatile int spin = 0; spin < 10000; spin++)
			;
		wrong += pkey_get(key) != (i % 2 ? PKEY_DISABLE_ACCESS : 0);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	pthread_join(thread, &result);
	report(wrong == 0 && result == NULL, "each thread keeps its rights across switches and signals");
	report(ticks > 10 && denied_in_handler > 0, "handlers start with the key closed");
	pkey_set(key, PKEY_DISABLE_WRITE);
	status = in_child(write_page, NULL);
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "a forked child inherits the rights");
	pkey_set(key, 0);
	report(mprotect(page, 4096, PROT_READ) == 0 && fault_of(write_page, NULL).code == SEGV_ACCERR,
	       "page protection still comes first");
	report(pkey_free(key) == 0, "pkey_free");
}

int main(void)
{
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	key = pkey_alloc(0, 0);
	if (key < 0)
		return skip_all("this machine has no protection keys");
	all_cases();
	return report_summary();
}
