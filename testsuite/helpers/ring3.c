/* An ordinary program beside the image: built for ring 3 and executed from a shared folder.
 *   ring              exits with the ring it runs in
 *   echo              copies stdin to stdout
 *   work SECONDS      computes under a 1 kHz timer; exits with 0 if nothing went wrong
 *   exec PATH WORD... becomes another program
 *   fault             writes to null */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void tick(int signo)
{
	(void)signo;
	ticks++;
}

static int work(int seconds)
{
	struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } };
	time_t end = time(NULL) + seconds;
	unsigned long wanted = 0;
	double wanted_sum = 0;
	int wrong = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	while (time(NULL) <= end) {
		unsigned long state = 1;
		double sum = 0;
		char *memory = malloc(1 << 20);

		memset(memory, 'w', 1 << 20);
		for (int i = 0; i < 100000; i++) {
			state = state * 6364136223846793005UL + (unsigned char)memory[i * 10];
			sum += 1.0 / (double)(state | 1);
		}
		free(memory);
		if (wanted == 0) {
			wanted = state;
			wanted_sum = sum;
		}
		wrong |= state != wanted || sum != wanted_sum;
	}
	return wrong || ticks == 0;
}

int main(int argc, char **argv)
{
	unsigned short cs;
	char buffer[4096];
	volatile int *volatile null = NULL;
	ssize_t n;

	if (argc < 2)
		return 100;
	if (strcmp(argv[1], "ring") == 0) {
		__asm__("mov %%cs, %0" : "=r"(cs));
		return cs & 3;
	}
	if (strcmp(argv[1], "echo") == 0) {
		while ((n = read(0, buffer, sizeof(buffer))) > 0)
			if (write(1, buffer, (size_t)n) != n)
				return 101;
		return 0;
	}
	if (strcmp(argv[1], "work") == 0 && argc > 2)
		return work(atoi(argv[2]));
	if (strcmp(argv[1], "exec") == 0 && argc > 2) {
		execv(argv[2], argv + 2);
		return 102;
	}
	if (strcmp(argv[1], "fault") == 0)
		*null = 1;
	return 103;
}
