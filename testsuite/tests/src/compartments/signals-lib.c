/* Runs while signals come, and has a handler of its own. */
#include <errno.h>
#include <unistd.h>
#include "signals.h"

static volatile sig_atomic_t seen;

long lib_spin(volatile long *stop, int (*call)(int))
{
	long rounds = 0, wrong = 0;

	while (!*stop) {
		volatile long local[16];

		for (int i = 0; i < 16; i++)
			local[i] = rounds + i;
		if (call(5) != 6)
			wrong++;
		for (int i = 0; i < 16; i++)
			wrong += local[i] != rounds + i;
		rounds++;
	}
	return wrong ? -wrong : rounds;
}

static void own_handler(int signo)
{
	seen += signo;
}

void lib_install(int signo)
{
	struct sigaction action = { .sa_handler = own_handler };

	sigaction(signo, &action, NULL);
}

int lib_seen(void)
{
	return seen;
}

void lib_raise(int signo)
{
	raise(signo);
}

int lib_read(const char *address)
{
	return *(volatile const char *)address;
}

long lib_many(long a, long b, long c, long d, long e, long f, long g, long h)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

int lib_wait(int fd)
{
	char byte;

	return read(fd, &byte, 1) == -1 ? errno : 0;
}
