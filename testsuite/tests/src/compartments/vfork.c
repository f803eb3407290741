/* A hostile library makes a child by vfork(), which dies in the vault, and looks for the vault's rights. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "vfork.h"

int main(void)
{
	int status;

	if (fork() == 0)
		_exit(lib_attack(vault_secret()));
	wait(&status);
	puts(WIFEXITED(status) && WEXITSTATUS(status) == 1 ? "read" : "not read");
	return 0;
}
