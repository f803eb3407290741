/* A compartment forges an entry on the #DB stack, with the return address of a genuine one: usage: forged WRPKRU RETURN. Or it has the
 * kernel run with one of its two keys closed, until a page fault: usage: forged WRPKRU */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "forged.h"

static uint64_t secret[512] __attribute__((aligned(4096))) = { 4711 };

int main(int argc, char **argv)
{
	int status = 0;

	if (argc == 2) {
		char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct sigaction die = { .sa_handler = SIG_DFL };

		/* Which signal is said here, not by the runtime. */
		sigaction(SIGSEGV, &die, NULL);
		sigaction(SIGILL, &die, NULL);
		if (fork() == 0)
			_exit(lib_read_half_open(strtoull(argv[1], NULL, 16), open("/dev/zero", O_RDONLY), page) == 4096);
		wait(&status);
		puts(WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : WEXITSTATUS(status) ? "read" : "not read");
		return 0;
	}
	if (argc != 3)
		return 2;
	if (fork() == 0) {
		lib_forge(strtoull(argv[1], NULL, 16), strtoull(argv[2], NULL, 16), secret);
		_exit(lib_has_read() ? 77 : 3);
	}
	wait(&status);
	puts(WIFEXITED(status) && WEXITSTATUS(status) == 77 ? "read" : WIFSIGNALED(status) || WEXITSTATUS(status) > 100 ? "not read" : "wrong");
	return 0;
}
