/* The processor pushes to a bad stack: by push, call, exceptions and signals. A ring-0
 * machine that does not switch stacks on exceptions dies of a triple fault here. */
// test: smp=2
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

#define WITH_STACK(name, code) \
	static void name(void *stack) \
	{ \
		__asm__ volatile("mov %0, %%rsp\n\t" code "\n1:\tjmp 1b" : : "r"(stack), "a"(0) : "memory"); \
	}

WITH_STACK(by_push, "push %%rax")
WITH_STACK(by_pop, "pop %%rax")
WITH_STACK(by_call, "call 1f")
WITH_STACK(by_return, "ret")
WITH_STACK(by_int3, "int3")
WITH_STACK(by_ud2, "ud2")
WITH_STACK(by_divide, "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tdiv %%ecx")
WITH_STACK(by_load, "movq (%%rax), %%rax")
WITH_STACK(by_pushf, "pushf\n\tpopf")
WITH_STACK(by_iret, "iretq")
/* getppid() by instruction, then trouble: the kernel saw the bad pointer meanwhile. */
WITH_STACK(by_syscall, "mov $110, %%eax\n\tsyscall\n\tpush %%rax")

static void never(int signo)
{
	(void)signo;
	_exit(55);
}

/* The signal's frame cannot be built. */
static void by_signal(void *stack)
{
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };

	signal(SIGALRM, never);
	setitimer(ITIMER_REAL, &soon, NULL);
	__asm__ volatile("mov %0, %%rsp\n1:\tjmp 1b" : : "r"(stack) : "memory");
}

/* Interrupts arrive while the stack pointer is bad, and nothing else happens: no harm. */
static void only_spins(void *stack)
{
	long turns = 100000000;

	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n1:\tdec %0\n\tjnz 1b\n\tmov %%rbx, %%rsp"
			 : "+r"(turns) : "r"(stack) : "rbx", "memory", "cc");
}

/* A fault that is repaired while rsp points to nowhere. */
static void faults_well(void *stack)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tmovb $1, (%0)\n\tmov %%rbx, %%rsp"
			 : : "r"(page), "r"(stack) : "rbx", "memory");
	if (*page != 1)
		_exit(1);
}

/* getppid() by instruction with no stack at all returns as always. */
static void calls_well(void *stack)
{
	long result = SYS_getppid;

	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
			 : "+a"(result) : "r"(stack) : "rbx", "rcx", "r11", "memory");
	if (result != getppid())
		_exit(1);
}

struct named {
	const char *name;
	body_fn *body;
	int signo;	/* with a stack that is canonical; SIGBUS (#SS) is possible otherwise */
};

int main(void)
{
	static const struct named cases[] = {
		{ "push", by_push, SIGSEGV }, { "pop", by_pop, SIGSEGV }, { "call", by_call, SIGSEGV },
		{ "ret", by_return, SIGSEGV }, { "int3", by_int3, SIGTRAP }, { "ud2", by_ud2, SIGILL },
		{ "division by zero", by_divide, SIGFPE }, { "null read", by_load, SIGSEGV },
		{ "pushf", by_pushf, SIGSEGV }, { "syscall, then push", by_syscall, SIGSEGV },
		{ "a signal's frame", by_signal, SIGSEGV },
	};
	char *denied = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uintptr_t stacks[] = { 0, 8, (uintptr_t)denied + 4096, 0xffffffffc0001000, 0xffffffffffffff00,
				     0xffff800000001000, 0x0123456789abcde0 };
	static const char *const stack_names[] = { "null", "8", "a denied page", "unmapped high memory",
						   "the last page", "the kernel half's start", "a non-canonical address" };
	struct fault fault;

	for (size_t s = 0; s < sizeof(stacks) / sizeof(*stacks); s++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			fault = fault_of(cases[i].body, (void *)stacks[s]);
			int bus = fault.killed_by == SIGBUS && s == 6;
			int holds = fault.killed_by == cases[i].signo || bus;

			if (!holds)
				note("killed by %d, handler saw %d", fault.killed_by, fault.signo);
			report(holds, "%s, stack pointer at %s", cases[i].name, stack_names[s]);
		}
		report(in_child(only_spins, (void *)stacks[s]) == 0, "interrupts, stack pointer at %s", stack_names[s]);
		report(in_child(faults_well, (void *)stacks[s]) == 0, "page fault, stack pointer at %s", stack_names[s]);
		report(in_child(calls_well, (void *)stacks[s]) == 0, "syscall, stack pointer at %s", stack_names[s]);
	}
	fault = fault_of(by_push, (void *)0xffffffff81000100);
	report(fault.killed_by == SIGSEGV, "push to kernel text");
	fault = fault_of(by_int3, (void *)0xffffffff81000100);
	report(fault.killed_by == SIGTRAP, "int3, stack pointer at kernel text");
	fault = fault_of(by_iret, denied + 4096);
	report(fault.killed_by != 0, "iretq from a denied page");
	return report_summary();
}
