/* Signal frames that the handler spoilt: flags that no program may choose, selectors, addresses. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static greg_t set_flags, clear_flags, selectors, ip, sp;

static void spoil(int signo, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signo;
	(void)info;
	regs[REG_EFL] = (regs[REG_EFL] | set_flags) & ~clear_flags;
	if (selectors)
		regs[REG_CSGSFS] = selectors;
	if (ip)
		regs[REG_RIP] = ip;
	if (sp)
		regs[REG_RSP] = sp;
}

static unsigned long flags_after(greg_t set, greg_t clear)
{
	unsigned long flags;

	set_flags = set;
	clear_flags = clear;
	raise(SIGUSR1);
	set_flags = clear_flags = 0;
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushf\n\tpop %0\n\tlea 128(%%rsp), %%rsp" : "=r"(flags) : : "memory");
	return flags;
}

static void with_selectors(void *arg)
{
	selectors = (greg_t)(uintptr_t)arg;
	raise(SIGUSR1);
}

static void with_ip(void *arg)
{
	ip = (greg_t)(uintptr_t)arg;
	raise(SIGUSR1);
}

static void with_sp(void *arg)
{
	sp = (greg_t)(uintptr_t)arg;
	raise(SIGUSR1);
}

static int killed(body_fn *body, uintptr_t arg)
{
	int status = in_child(body, (void *)arg);

	if (!WIFSIGNALED(status))
		note("status %x for %lx", status, (unsigned long)arg);
	return WIFSIGNALED(status);
}

int main(void)
{
	static const uintptr_t nowhere[] = { 8, 0x0000800000000000, 0x0123456789abcdef, 0xffffffffc0000000,
					     0xffffffff81000000, 0xffffffffffffffff };
	struct sigaction action = { .sa_sigaction = spoil, .sa_flags = SA_SIGINFO };
	unsigned long flags;
	int right = 1;

	sigaction(SIGUSR1, &action, NULL);
	flags = flags_after(0, 0x200);
	report((flags & 0x200) != 0, "a frame cannot turn interrupts off");
	flags = flags_after(0x3000, 0);
	report((flags & 0x3000) == 0, "nor raise the I/O privilege");
	flags = flags_after(0x4000 | 0x20000 | 0x80000 | 0x100000, 0);
	report((flags & 0x1a4000) == 0, "nor set NT, VM, VIF or VIP");
	report(getpid() > 1, "the machine still runs");

	/* cs, gs, fs, ss; wrong ones are made ring 3's and then do not fit. */
	right &= killed(with_selectors, 0x002b000000007ff8);
#ifndef __ukl__
	/* In ring 0 the kernel gives back its own ss, whatever the frame says. */
	right &= killed(with_selectors, 0x7ff8000000000033);
#endif
	right &= killed(with_selectors, 0x002b000000000000);
	report(right, "selectors of nowhere kill the process");
	right = 1;
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++)
		right &= killed(with_ip, nowhere[i]);
	report(right, "so do addresses of nowhere");
	right = 1;
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++)
		right &= killed(with_sp, nowhere[i]);
	report(right, "and stack pointers");
	/* Ring 0's own selectors, as the processor has them while the program runs on the target. */
	in_child(with_selectors, (void *)0x0018000000000010);
	report(in_child(with_selectors, (void *)0x002b000000000033) == 0, "the usual ones do no harm");
	return report_summary();
}
