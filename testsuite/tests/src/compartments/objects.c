/*
 * Parts of the kernel that a hostile library gets the addresses of. main() finds them with the kernel's key open, which
 * only a program can do that the linker has not verified.
 *
 *	objects PCPU_HOT DATA	the addresses of these symbols of the kernel's: prints what the library reaches
 *	objects race			on another CPU the word below a system call's return address changes all the time
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "objects.h"

#define DIRECT_MAP 0xffff888000000000
#define FRAME 0xffffffffff000
#define PRESENT 1
#define LARGE 0x80
#define MSR_GS_BASE 0xc0000101
#define TASK_SIZE_MAX 16384	/* bytes to look at, more than a task_struct has */

/* The kernel is farther away than the compiler thinks. */
#define ENTRY(symbol)	({ uint64_t entry_; __asm__("movabs $" #symbol ", %0" : "=r"(entry_)); entry_; })

static unsigned rdpkru(void)
{
	unsigned pkru, edx;

	__asm__ volatile("rdpkru" : "=a"(pkru), "=d"(edx) : "c"(0));
	return pkru;
}

/* Any interrupt would close the key again. */
static void copy(void *to, uint64_t from, uint64_t words)
{
	unsigned old = rdpkru(), pkru = 0;

	__asm__ volatile("xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tcli\n\twrpkru\n\tmov %4, %%rcx\n\trep movsq\n\t"
			 "mov %3, %%eax\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\twrpkru\n\tsti"
			 : "+D"(to), "+S"(from), "+a"(pkru) : "r"(old), "r"(words) : "rcx", "rdx", "memory");
}

static uint64_t word(uint64_t address)
{
	uint64_t value;

	copy(&value, address, 1);
	return value;
}

static uint64_t gs_base(void)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_GS_BASE));
	return (uint64_t)high << 32 | low;
}

static uint64_t cr3(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr3, %0" : "=r"(value));
	return DIRECT_MAP + (value & FRAME);
}

/* The same byte in the direct map. */
static uint64_t alias(const void *of)
{
	uint64_t address = (uint64_t)of, entry = 0, table = cr3(), size = 4096;

	for (int level = 4; level > 0; level--) {
		entry = word(table + (address >> (3 + 9 * level) & 511) * 8);
		size = 1ul << (3 + 9 * level);
		if (!(entry & PRESENT) || (level < 4 && (entry & LARGE)))
			break;
		table = DIRECT_MAP + (entry & FRAME);
	}
	return DIRECT_MAP + (entry & FRAME & -size) + (address & (size - 1));
}

/* Where the task keeps PKRU while it does not run: thread.pkru. 0: nowhere. */
static uint64_t saved_pkru(uint64_t task)
{
	static uint64_t words[TASK_SIZE_MAX / 8];
	unsigned now;

	/* A page fault would close the key, too. */
	memset(words, 1, sizeof(words));
	usleep(2000);
	now = rdpkru();
	copy(words, task, TASK_SIZE_MAX / 8);
	for (unsigned i = 0; i < TASK_SIZE_MAX / 4; i++)
		if (((unsigned *)words)[i] == now)
			return task + 4ul * i;
	return 0;
}

/* The first whole page's address behind the pointer to the task (struct pcpu_hot): where the thread's stack ends. */
static uint64_t stack(uint64_t hot)
{
	for (int i = 1; i < 8; i++) {
		uint64_t value = word(hot + 8ul * (unsigned)i);

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
	uint64_t hot = gs_base() + strtoull(symbols[0], NULL, 16), task = word(hot);
	const struct {
		const char *what;
		uint64_t at;
	} places[] = {
		{ "its page table", cr3() },
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
	if (word(other) != page[256])
		puts("no alias");
	child("its stack in the direct map", "a fast call", 2, ENTRY(ukl_sys_getppid), other, 0);
	child("its stack in the direct map", "a full call", 2, ENTRY(ukl_sys_restart_syscall), other, 0);
	child("its stack in the direct map", "a call by number", 2, ENTRY(ukl_syscall), other, SYS_getppid);
}

static atomic_int done;

/* Numbers of two calls and of none. */
static void *changes(void *page)
{
	static const uint64_t numbers[] = { SYS_getppid, SYS_getpid, 100000, 0xffffffff, 0x8000000000000000 | SYS_getpid };

	for (unsigned i = 0; !done; i++)
		((volatile uint64_t *)page)[255] = numbers[i % 5];
	return NULL;
}

static int race(void)
{
	long got[4] = { 0 };
	uint64_t *page = lib_page();
	pthread_t thread;

	if (pthread_create(&thread, NULL, changes, page))
		return 1;
	for (int i = 0; i < 300000; i++) {
		long result = lib_call(ENTRY(ukl_syscall), (uint64_t)&page[256], SYS_getppid);

		got[result == getppid() ? 0 : result == getpid() ? 1 : result == -ENOSYS ? 2 : 3]++;
	}
	done = 1;
	pthread_join(thread, NULL);
	printf("# as wanted %ld, other call %ld, none %ld\n", got[0], got[1], got[2]);
	printf("changed %d wrong %ld\n", got[1] + got[2] > 0, got[3]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return race();
	if (argc != 3)
		return 2;
	objects(argv + 1);
	return 0;
}
