/* rt_sigreturn by instruction: a handler with a restorer of its own, and one that calls it itself. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "check.h"

struct kernel_sigaction {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

enum { SA_RESTORER_FLAG = 0x04000000 };

static volatile int runs, restored;

void own_restorer(void);
__asm__(".text\n.type own_restorer, @function\nown_restorer:\n\tmov $15, %eax\n\tsyscall\n\tud2\n");

static void handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_R12] += 1;
	runs++;
}

/* Leaves by rt_sigreturn itself: the frame starts with the return address, right
 * below the ucontext. */
static void leaves_itself(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	restored++;
	__asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall\n\tud2" : : "r"(context) : "memory");
}

static long trigger(int signo)
{
	register long r12 __asm__("r12") = 41;
	long number = SYS_tgkill;

	__asm__ volatile("syscall" : "+a"(number), "+r"(r12)
			 : "D"((long)getpid()), "S"(syscall(SYS_gettid)), "d"((long)signo) : "rcx", "r11", "memory");
	return r12;
}

int main(void)
{
	struct kernel_sigaction action = { handler, SA_SIGINFO | SA_RESTORER_FLAG, own_restorer, 0 };
	int right = 1;

	syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8L);
	for (int i = 0; i < 1000; i++)
		right &= trigger(SIGUSR1) == 42;
	report(right && runs == 1000, "a foreign restorer returns with changed registers, 1000 times");
	action.handler = leaves_itself;
	syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8L);
	right = 1;
	for (int i = 0; i < 1000; i++)
		right &= trigger(SIGUSR2) == 41;
	report(right && restored == 1000, "a handler that returns by itself, 1000 times");
	return report_summary();
}
