/* Jumps to random places of the kernel's text, with random registers, each in a process of its own. Prints how many
 * died of which signal. usage: kernel-jump SEED JUMPS FIRST-ADDRESS END-ADDRESS */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t state;
static char stack[65536];

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void jump(uint64_t to)
{
	/* Registers that the calls above keep; nothing is called between here and the jump. */
	register uint64_t target __asm__("r12") = to;
	register uint64_t a __asm__("rbx") = next();
	register uint64_t b __asm__("r13") = next();
	register uint64_t c __asm__("r14") = next();

	__asm__ volatile("mov %0, %%rsp\n\tmov %2, %%rdi\n\tmov %3, %%rsi\n\tmov %4, %%rdx\n\t"
			 "mov %2, %%rax\n\tmov %3, %%rcx\n\tjmp *%1"
			 : : "i"(stack + 32768), "r"(target), "r"(a), "r"(b), "r"(c)
			 : "memory", "rdi", "rsi", "rax", "rdx", "rcx");
}

int main(int argc, char **argv)
{
	unsigned int by[65] = { 0 };
	uint64_t first, end;
	int count, status;

	if (argc != 5)
		return 2;
	state = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15u | 1;
	count = atoi(argv[2]);
	first = strtoull(argv[3], NULL, 16);
	end = strtoull(argv[4], NULL, 16);
	for (int i = 0; i < count; i++) {
		uint64_t to = first + next() % (end - first);
		pid_t pid = fork();

		if (pid == 0) {
			alarm(5);
			jump(to);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 2;
		by[WIFSIGNALED(status) ? WTERMSIG(status) : 64]++;
	}
	for (int i = 0; i < 65; i++)
		if (by[i])
			printf("%s %d: %u\n", i == 64 ? "exited" : "signal", i, by[i]);
	printf("survived %d jumps\n", count);
	return 0;
}
