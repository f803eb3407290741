/* A program pretends to be an entry of the kernel's, or has the kernel return to where it should not, and then reads the
 * kernel's memory. Prints "read" if a child could, and how the child ended.
 *
 *	kernel-forged paranoid|error WRPKRU RETURN
 *	kernel-forged nmi WRPKRU RETURN EXECUTING LOWER		the word "NMI executing", the frames so many words lower
 *	kernel-forged fault PLACE ERROR FLAGS			jumps to where an entry on the shared stack calls error_entry
 *	kernel-forged ring3					calls the kernel in ring 3, which then has to fault
 *	kernel-forged stack					makes calls on the stack of interrupts
 *	kernel-forged step PLACE				with TF set, on that stack
 *	kernel-forged breakpoint WRMSR ENTRY			executes a WRMSR with one where the kernel's entry would find it
 *	kernel-forged out WRPKRU
 *	kernel-forged selector
 *	kernel-forged none					reads at once
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
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
	/* Interrupts off, as an entry has them. */
	__asm__ volatile("cli\n\tmov %0, %%rsp\n\txor %%r14d, %%r14d\n\tmov $1, %%ebx\n\tjmp *%1"
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

/* As asm_exc_nmi has it: pt_regs, the frame that it returns by, "NMI executing", rdx, the frame that the CPU pushes. */
static void nmi(uint64_t wrpkru, uint64_t return_to, uint64_t executing, uint64_t lower)
{
	uint64_t *regs = ist_stack(IST_NMI) - PT_REGS - 12 - lower;
	const uint64_t frame[] = { (uint64_t)forged_landing, KERNEL_CS, 0x202, (uint64_t)&stack[2048], KERNEL_DS };

	memset(regs, 0, PT_REGS * 8);
	memcpy(regs + 16, frame, sizeof(frame));
	memcpy(regs + PT_REGS, frame, sizeof(frame));
	regs[PT_REGS + 5] = executing;
	regs[-1] = return_to;
	jump(wrpkru, (uint64_t)&regs[-1], 0);
}

static void jump_with(uint64_t flags, uint64_t to, uint64_t sp)
{
	__asm__ volatile("mov %0, %%rsp\n\tpush %2\n\tpopfq\n\tjmp *%1" : : "r"(sp), "r"(to), "r"(flags) : "memory");
	__builtin_unreachable();
}

/* An error code and the frame that a CPU pushes; the program goes on at the landing. */
static void fault(uint64_t place, uint64_t error, uint64_t flags)
{
	const uint64_t frame[] = { error, (uint64_t)forged_landing, KERNEL_CS, 0x202, (uint64_t)&stack[2048], KERNEL_DS };
	uint64_t *top = ist_stack(IST_UKL) - 6;

	memcpy(top, frame, sizeof(frame));
	jump_with(flags, place, (uint64_t)top);
}

#define MSR_TSC_AUX 0xc0000103
#define DR7_FIRST 0x401		/* on, for execution (Intel SDM, volume 3, "Debug Control Register") */

static void breakpoint(uint64_t wrmsr, uint64_t at)
{
	__asm__ volatile("mov %0, %%db0\n\tmov %1, %%db7" : : "r"(at), "r"((uint64_t)DR7_FIRST));
	__asm__ volatile("mov %0, %%rsp\n\tjmp *%1"
			 : : "r"(&stack[2048]), "r"(wrmsr), "a"(0ul), "d"(0ul), "c"((uint64_t)MSR_TSC_AUX) : "memory");
	__builtin_unreachable();
}

/* The kernel is farther away than the compiler thinks. */
#define ENTRY(symbol)	({ uint64_t entry_; __asm__("movabs $" #symbol ", %0" : "=r"(entry_)); entry_; })

/* With IOPL 3, so that STI is allowed. The page is not there until it is accessed. */
static void ring3(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* In ring 3 any other fault is a signal. */
	stack[2047] = 0;
	__asm__ volatile("push %0\n\tpush %1\n\tpush $0x3202\n\tpush %2\n\tlea 1f(%%rip), %%rax\n\tpush %%rax\n\tiretq\n"
			 "1:\tcall *%3\n\tud2"
			 : : "r"((uint64_t)USER_DS), "r"(&stack[2048]), "r"((uint64_t)USER_CS), "r"(ENTRY(ukl_sys_read)),
			   "D"(open("/dev/zero", O_RDONLY)), "S"(page), "d"(4096ul) : "rax", "memory");
	__builtin_unreachable();
}

/* Interrupts come in the middle of them, and may overwrite where the program returns to: then it is its own fault. */
static void calls_on_stack(void)
{
	uint64_t *top;
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(0, &here);
	sched_setaffinity(0, sizeof(here), &here);
	top = ist_stack(IST_UKL) - 32;
	for (int i = 0; i < 2000000; i++)
		__asm__ volatile("mov %%rsp, %%r12\n\tmov %0, %%rsp\n\tcall *%1\n\tmov %%r12, %%rsp"
				 : : "r"(top), "r"(ENTRY(ukl_sys_getppid))
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
	_exit(0);
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
		} else if (strcmp(argv[1], "nmi") == 0 && argc == 6) {
			nmi(wrpkru, return_to, strtoull(argv[4], NULL, 16), strtoull(argv[5], NULL, 0));
		} else if (strcmp(argv[1], "fault") == 0 && argc == 5) {
			fault(wrpkru, return_to, strtoull(argv[4], NULL, 16));
		} else if (strcmp(argv[1], "breakpoint") == 0) {
			breakpoint(wrpkru, return_to);
		} else if (strcmp(argv[1], "ring3") == 0) {
			ring3();
		} else if (strcmp(argv[1], "stack") == 0) {
			calls_on_stack();
		} else if (strcmp(argv[1], "step") == 0) {
			jump_with(0x102, wrpkru, (uint64_t)(ist_stack(IST_UKL) - 32));
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
