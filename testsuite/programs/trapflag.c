/* A program that single-steps itself through system calls: the trap flag must not leak
 * into the kernel, and must be there again afterwards. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "check.h"

static volatile long steps, steps_outside;

static void on_step(int signo, siginfo_t *info, void *context)
{
	unsigned long ip = (unsigned long)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)signo;
	(void)info;
	steps++;
	if (ip >= 0x800000000000)
		steps_outside++;
}

#define TRAP_ON "pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\t"
#define TRAP_OFF "pushf\n\tandq $~0x100, (%%rsp)\n\tpopf"

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	long parent = 0, number, counted;
	int right = 1;

	sigaction(SIGTRAP, &action, NULL);
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t" TRAP_ON "nop\n\tnop\n\tnop\n\tnop\n\t" TRAP_OFF
			 "\n\tlea 128(%%rsp), %%rsp" : : : "memory", "cc");
	counted = steps;
	report(counted == 7, "seven steps are counted");

	for (int i = 0; i < 200; i++) {
		number = SYS_getppid;
		steps = 0;
		__asm__ volatile("lea -128(%%rsp), %%rsp\n\t" TRAP_ON "syscall\n\tnop\n\tnop\n\t" TRAP_OFF
				 "\n\tlea 128(%%rsp), %%rsp" : "+a"(number) : : "rcx", "r11", "memory", "cc");
		/* Whether the stop behind the syscall instruction itself is seen
		 * differs between kernels; the ones after it must be. */
		right &= number == getppid() && steps >= 5 && steps <= 6;
	}
	note("%ld steps over a syscall", steps);
	report(right, "stepping over a syscall instruction");

	steps = 0;
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t" TRAP_ON "lea 128(%%rsp), %%rsp" : : : "memory", "cc");
	for (int i = 0; i < 20; i++)
		parent += getppid();
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t" TRAP_OFF "\n\tlea 128(%%rsp), %%rsp" : : : "memory", "cc");
	report(parent == 20L * getppid() && steps > 60, "stepping through libc's calls");
	report(steps_outside == 0, "no step is reported inside the kernel");
	return report_summary();
}
