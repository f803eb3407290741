/*
 * fuzz FIRST LAST: for each seed from FIRST to LAST a process of its own makes CALLS system calls with hostile pointers and
 * lengths. A line per seed: the seed and the result of each call, "0" for success and errno for failure; "S" and
 * a signal if one ended the process there, "T" if the call did not return. The same seeds give the same calls in any
 * ring. With --show the calls and arguments, too, on standard error. Every fourth call is made by a SYSCALL
 * instruction, the others as libc makes them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 24, ARENA_PAGES = 16, PAGE = 4096 };

/* Fixed, so that the numbers are the same in both rings; where nothing else is put, with 4 GiB free between them. */
#define ARENA ((char *)0x100000000000)	/* readable and writable; behind it nothing */
#define READ_ONLY ((char *)0x100100000000)
#define NO_ACCESS ((char *)0x100200000000)
#define NOTHING ((char *)0x100300000000)

static const struct {
	int number;
	const char *name, *arguments;
} calls[] = {
#define CALL(name, arguments) { SYS_##name, #name, arguments },
#include "calls.h"
};

struct shared {
	int made;	/* calls that were begun */
	int result[CALLS];
};

static uint64_t state;

/* xorshift64*, by G. Marsaglia and S. Vigna */
static uint64_t number(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

#define ONE_OF(array) ((array)[number() % (sizeof(array) / sizeof(*(array)))])

static long hostile_pointer(void)
{
	static const unsigned long hostile[] = {
		0, 1, 8, PAGE - 1, 0x7fffffffe000, 0x7fffffffefff, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0x8000000000000000,
		0xffff7fffffffffff, 0xffff800000000000, 0xffff888000000000, 0xffff888001000000, 0xffffc90000000000, 0xffffea0000000000,
		0xfffffe0000000000, 0xffffffff81000000, 0xffffffff81000001, 0xffffffff82000000, 0xffffffffff600000, 0xfffffffffffff000,
		0xffffffffffffffff, 0xfffffffffffffff8, 0xdead000000000100, 0x4141414141414141,
	};

	return ONE_OF(hostile);
}

static long pointer(void)
{
	switch (number() % 8) {
	case 0 ... 2:
		return hostile_pointer();
	case 3:
		return (long)READ_ONLY + number() % (PAGE / 8) * 8;
	case 4:
		return (long)(number() % 2 ? NO_ACCESS : NOTHING) + number() % PAGE;
	case 5: /* its end is in nothing */
		return (long)ARENA + ARENA_PAGES * PAGE - 1 - number() % 64;
	case 6:
		return (long)ARENA + number() % (ARENA_PAGES * PAGE);
	default:
		return (long)ARENA + number() % (ARENA_PAGES * PAGE / 16) * 16;
	}
}

static long length(void)
{
	static const unsigned long hostile[] = {
		0, 1, 2, 7, 8, 16, 63, 64, 128, PAGE, PAGE - 1, PAGE + 1, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xfffffffffffff000, 0xffffffff81000000, 0x7ffffffff000,
	};

	return ONE_OF(hostile);
}

static long path(void)
{
	static const char *const names[] = { "file", "link", "folder", "folder/x", "nothing", "", "/", ".", "/proc/self/status", "loop" };

	if (number() % 3 == 0)
		return pointer();
	/* At the end of the arena, with or without its NUL. */
	if (number() % 8 == 0) {
		memset(ARENA + ARENA_PAGES * PAGE - 16, 'a', 16);
		return (long)ARENA + ARENA_PAGES * PAGE - 16;
	}
	strcpy(ARENA + 256, ONE_OF(names));
	return (long)ARENA + 256;
}

static long argument(char letter)
{
	static const long descriptors[] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99, -1, AT_FDCWD, 0x7fffffff, 0x100000003 };
	static const long numbers[] = { 0, 1, -1, 0x7fffffff, 0x80000000, 0x7fffffffffffffff, (long)0x8000000000000000, 4096, 999999, 0xffffffff };
	static const long commands[] = { F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_GETOWN_EX, F_GETPIPE_SZ, F_GET_SEALS, FIONREAD, FIONBIO,
		FIOASYNC, FIOCLEX, TCGETS, TIOCGWINSZ, 0x8912 /* SIOCGIFCONF */, 0x8910 /* SIOCGIFNAME */, 0x1260 /* BLKGETSIZE */, 0, -1 };

	switch (letter) {
	case 'f':
		return ONE_OF(descriptors);
	case 'p':
		return pointer();
	case 'h':
		return hostile_pointer();
	case 'n':
		return path();
	case 'l':
		return length();
	case 'x':
		return ONE_OF(numbers);
	case 'g':
		return number() % 3 ? 1L << number() % 32 | number() % 4 : (long)(number() & 0xffff);
	case 'i':
		return number() % 8 ? (long)(number() % 16) : ONE_OF(numbers);
	case 'S':
		return number() % 4 ? 34 + (long)(number() % 30) : ONE_OF(numbers);
	case 'c':
		return ONE_OF(commands);
	case '2':
		return 2; /* of seccomp, what asks and sets nothing */
	case 'm': { /* never the program's own memory */
		unsigned long address = pointer();

		return address < 0x100000000000 ? (long)NO_ACCESS : (long)address;
	}
	default:
		return 0;
	}
}

/* Structures in the arena: small numbers, hostile ones, pointers. Times are none or for ever. */
static void fill(void)
{
	uint64_t *word = (uint64_t *)ARENA;

	for (int i = 0; i < ARENA_PAGES * PAGE / 8; i++)
		switch (number() % 6) {
		case 0:
			word[i] = pointer();
			break;
		case 1:
			word[i] = length();
			break;
		case 2:
			word[i] = number() % 16;
			break;
		default:
			word[i] = 0;
		}
}

/*
 * What calls have written goes: it may be the time, random bytes or a number of this boot, and would be another call's argument.
 * The kernel writes it, because calls may have protected the arena, or unmapped some of it.
 */
static void refill(void)
{
	static char filled[ARENA_PAGES][PAGE];
	static int kept;

	if (!kept) {
		memcpy(filled, ARENA, sizeof(filled));
		kept = 1;
	}
	for (int i = 0; i < ARENA_PAGES; i++) {
		struct iovec from = { filled[i], PAGE }, to = { ARENA + i * PAGE, PAGE };

		process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	}
}

static void open_files(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fds[2];

	for (int fd = 0; fd < 32; fd++)
		close(fd);
	open("/dev/null", O_RDWR);	/* 0 to 2 */
	dup(0);
	dup(0);
	mkdir("folder", 0755);
	symlink("loop", "loop");
	symlink("file", "link");
	open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);	/* 3 */
	write(3, "0123456789", 10);
	pipe2(fds, O_NONBLOCK);	/* 4, 5 */
	write(5, "abc", 3);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);	/* 6, 7 */
	eventfd(1, EFD_NONBLOCK);	/* 8 */
	epoll_create1(0);	/* 9 */
	open("folder", O_RDONLY | O_DIRECTORY);	/* 10 */
	timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);	/* 11 */
	memfd_create("fuzz", 0);	/* 12 */
	socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);	/* 13 */
	bind(13, (struct sockaddr *)&any, sizeof(any));
}

static void on_alarm(int signal)
{
	(void)signal;
}

static long make(int call, const long *a, int instruction)
{
	long result;

	if (!instruction)
		return syscall(calls[call].number, a[0], a[1], a[2], a[3], a[4], a[5]) == -1 ? -errno : 0;
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(calls[call].number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result < 0 && result > -4096 ? result : 0;
}

static void child(long seed, struct shared *shared, int show)
{
	struct itimerval often = { { 0, 40000 }, { 0, 40000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	struct rlimit limit = { 64 << 20, 64 << 20 };
	sigset_t alarm;

	state = seed * 0x9e3779b97f4a7c15ULL | 1;
	for (int i = 0; i < 8; i++)
		number();
	setsid();
	open_files();
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (mmap(ARENA, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    mmap(READ_ONLY, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
	    mmap(NO_ACCESS, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		_exit(3);
	fill();
	/* What waits is interrupted. */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < CALLS; i++) {
		int call = number() % (sizeof(calls) / sizeof(*calls));
		int instruction = number() % 4 == 0;
		long a[6] = { 0 };

		refill();
		for (int j = 0; calls[call].arguments[j]; j++)
			a[j] = argument(calls[call].arguments[j]);
		/* One of CPU time would end the process at some tick, during this call or another. */
		if (calls[call].number == SYS_prlimit64 && (unsigned int)a[1] == RLIMIT_CPU)
			a[1] = RLIMIT_CORE;
		shared->made = i + 1;
		if (show)
			dprintf(show, "%ld:%d %s%s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n", seed, i, instruction ? "raw " : "",
				calls[call].name, a[0], a[1], a[2], a[3], a[4], a[5]);
		shared->result[i] = make(call, a, instruction);
		sigprocmask(SIG_UNBLOCK, &alarm, NULL);
		if (show)
			dprintf(show, "%ld:%d = %d\n", seed, i, shared->result[i]);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	int show = 0, status;
	struct shared *shared;
	long first, last;
	pid_t pid;

	if (access("/ukl", F_OK)) {
		fprintf(stderr, "fuzz: runs in a guest only: it would harm this system\n");
		return 2;
	}
	while (argc > 3) {
		if (!strcmp(argv[1], "--show"))
			show = 200;
		argc--;
		argv++;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: fuzz [--show] FIRST LAST\n");
		return 2;
	}
	first = atol(argv[1]);
	last = atol(argv[2]);
	if (show)
		dup2(2, show);
	shared = mmap((void *)0x600000000000, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (shared == MAP_FAILED || mkdir("/tmp/fuzz", 0755) || chdir("/tmp/fuzz")) {
		perror("/tmp/fuzz");
		return 2;
	}
	for (long seed = first; seed <= last; seed++) {
		memset(shared, 0, sizeof(*shared));
		fflush(stdout);
		pid = fork();
		if (!pid)
			child(seed, shared, show);
		status = 0;
		for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited++) {
			if (waited == 5000) {
				kill(pid, SIGKILL);
				waitpid(pid, NULL, 0);
				status = -1;
				break;
			}
			usleep(waited < 10 ? 200 : 1000);
		}
		printf("%ld", seed);
		for (int i = 0; i < shared->made; i++)
			if (i == shared->made - 1 && status == -1)
				printf(" T");
			else if (i == shared->made - 1 && WIFSIGNALED(status))
				printf(" S%d", WTERMSIG(status));
			else
				printf(" %d", -shared->result[i]);
		printf("\n");
	}
	return 0;
}
