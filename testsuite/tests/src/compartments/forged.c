/* A compartment forges an entry on the #DB stack, with the return address of a genuine one. usage: forged WRPKRU RETURN */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "forged.h"

static uint64_t secret[512] __attribute__((aligned(4096))) = { 4711 };

int main(int argc, char **argv)
{
	int status = 0;

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
