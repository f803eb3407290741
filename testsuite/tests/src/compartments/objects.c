/* Parts of the kernel that a hostile library gets the addresses of. main() finds them with the kernel's key open, which
 * only a program can do that the linker has not verified.
 * usage: objects PCPU_HOT DATA, the addresses of these symbols of the kernel's. Prints what the library reaches. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "direct-map.h"
#include "objects.h"

#define MSR_GS_BASE 0xc0000101
#define TASK_SIZE_MAX 16384	/* bytes to look at, more than a task_struct has */

static uint64_t gs_base(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_GS_BASE));
	return (uint64_t)high << 32 | low;
}

/* The same byte in the direct map. */
static uint64_t alias(const void *of)
{
	uint64_t size, entry = page_entry((uint64_t)of, &size);

	return DIRECT_MAP + (entry & FRAME & -size) + ((uint64_t)of & (size - 1));
}

/* Where the task keeps PKRU while it does not run: thread.pkru. 0: nowhere. */
static uint64_t saved_pkru(uint64_t task)
{
	static uint64_t words[TASK_SIZE_MAX / 8];
	unsigned now, edx;

	/* A page fault would close the key, too. */
	memset(words, 1, sizeof(words));
	usleep(2000);
	__asm__ volatile("rdpkru" : "=a"(now), "=d"(edx) : "c"(0));
	copy_open(words, task, TASK_SIZE_MAX / 8);
	for (unsigned i = 0; i < TASK_SIZE_MAX / 4; i++)
		if (((unsigned *)words)[i] == now)
			return task + 4ul * i;
	return 0;
}

/* The first whole page's address behind the pointer to the task (struct pcpu_hot): where the thread's stack ends. */
static uint64_t stack(uint64_t hot)
{
	for (int i = 1; i < 8; i++) {
		uint64_t value = word_open(hot + 8ul * (unsigned)i);

		if (value >= DIRECT_MAP && !(value & 4095))
			return value - 8;
	}
	return 0;
}

static void child(const char *what, const char *how, int function, uint64_t a, uint64_t b, long c)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		long result = function == 0 ? lib_read((void *)a) : function == 1 ? lib_write((void *)a) : lib_call(a, b, c);

		_exit(result == 0 || result == getppid() || result == -EINTR ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s, %s: SIG%s\n", what, how, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s, %s: %s\n", what, how, WEXITSTATUS(status) ? "wrong" : "succeeds");
}

static void objects(char **symbols)
{
	uint64_t hot = gs_base() + strtoull(symbols[0], NULL, 16), task = word_open(hot);
	const struct {
		const char *what;
		uint64_t at;
	} places[] = {
		{ "its page table", DIRECT_MAP + (read_cr3() & FRAME) },
		{ "its task_struct", task },
		{ "its saved PKRU", saved_pkru(task) & -8ul },
		{ "its kernel stack", stack(hot) },
		{ "per-CPU memory", hot },
		{ "the kernel's data", strtoull(symbols[1], NULL, 16) },
	};
	uint64_t *page = lib_page(), other = alias(page) + 2048;

	for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (places[i].at < DIRECT_MAP) {
			printf("%s: not found\n", places[i].what);
			continue;
		}
		child(places[i].what, "read", 0, places[i].at, 0, 0);
		child(places[i].what, "write", 1, places[i].at, 0, 0);
	}
	/* It is the library's own page, but by its address in the direct map. */
	if (word_open(other) != page[256])
		puts("no alias");
	child("its stack in the direct map", "a fast call", 2, ENTRY(ukl_sys_getppid), other, 0);
	child("its stack in the direct map", "a full call", 2, ENTRY(ukl_sys_restart_syscall), other, 0);
	child("its stack in the direct map", "a call by number", 2, ENTRY(ukl_syscall), other, SYS_getppid);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	objects(argv + 1);
	return 0;
}
