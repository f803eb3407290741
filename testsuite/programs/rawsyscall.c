/* The syscall instruction in foreign code: arguments, registers, flags and a live red zone. */
// test: smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

/* What a call left behind; filled by the assembly below. */
struct registers {
	unsigned long rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rsp_moved, flags;
	unsigned long red_zone_lost;
	unsigned long next_ip;
};

void raw_call(struct registers *registers, long number);
__asm__(".text\n.type raw_call, @function\nraw_call:\n\t"
	"push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
	"push %rdi\n\t"
	"mov %rsi, %rax\n\t"
	/* 128 bytes of red zone are in use: four words of it get patterns. */
	"movq $0x51, -8(%rsp)\n\tmovq $0x52, -16(%rsp)\n\tmovq $0x53, -64(%rsp)\n\tmovq $0x54, -128(%rsp)\n\t"
	"mov $0x22, %ebx\n\tmov $0x44, %edx\n\tmov $0x55, %esi\n\tmov $0x66, %edi\n\tmov $0x77, %ebp\n\t"
	"mov $0x88, %r8d\n\tmov $0x99, %r9d\n\tmov $0xaa, %r10d\n\tmov $0xcc, %r12d\n\tmov $0xdd, %r13d\n\t"
	"mov $0xee, %r14d\n\tmov $0xff, %r15d\n\t"
	"mov %rsp, raw_saved_sp(%rip)\n\t"
	"stc\n\tsyscall\n1:\t"
	"mov %rsp, raw_saved_sp2(%rip)\n\tmov raw_saved_sp(%rip), %rsp\n\t"
	"mov %rcx, raw_saved_rcx(%rip)\n\tmov (%rsp), %rcx\n\t"
	"mov %rax, (%rcx)\n\tmov %rbx, 8(%rcx)\n\tmov %rdx, 24(%rcx)\n\tmov %rsi, 32(%rcx)\n\t"
	"mov %rdi, 40(%rcx)\n\tmov %rbp, 48(%rcx)\n\tmov %r8, 56(%rcx)\n\tmov %r9, 64(%rcx)\n\t"
	"mov %r10, 72(%rcx)\n\tmov %r11, 80(%rcx)\n\tmov %r12, 88(%rcx)\n\tmov %r13, 96(%rcx)\n\t"
	"mov %r14, 104(%rcx)\n\tmov %r15, 112(%rcx)\n\t"
	"mov -8(%rsp), %rax\n\txor $0x51, %rax\n\tmov -16(%rsp), %rdx\n\txor $0x52, %rdx\n\tor %rdx, %rax\n\t"
	"mov -64(%rsp), %rdx\n\txor $0x53, %rdx\n\tor %rdx, %rax\n\t"
	"mov -128(%rsp), %rdx\n\txor $0x54, %rdx\n\tor %rdx, %rax\n\tmov %rax, 136(%rcx)\n\t"
	"mov raw_saved_rcx(%rip), %rax\n\tmov %rax, 16(%rcx)\n\t"
	"lea 1b(%rip), %rax\n\tmov %rax, 144(%rcx)\n\t"
	"mov raw_saved_sp2(%rip), %rax\n\tsub %rsp, %rax\n\tmov %rax, 120(%rcx)\n\t"
	"pop %rdi\n\tpop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\tret\n"
	".local raw_saved_sp, raw_saved_sp2, raw_saved_rcx\n"
	".comm raw_saved_sp,8,8\n.comm raw_saved_sp2,8,8\n.comm raw_saved_rcx,8,8\n");

/* Flags around a call, without a stack write in between. */
static unsigned long flags_after(unsigned long set)
{
	unsigned long flags;
	long number = SYS_getppid;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushf\n\torq %2, (%%rsp)\n\tpopf\n\tsyscall\n\t"
			 "pushf\n\tpop %0\n\tcld\n\tlea 128(%%rsp), %%rsp"
			 : "=&r"(flags), "+a"(number) : "r"(set) : "rcx", "r11", "memory", "cc");
	return flags & set;
}

static long raw(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return number;
}

static volatile sig_atomic_t ticks;

static void tick(int signo)
{
	(void)signo;
	ticks++;
}

static int preserved(const struct registers *r)
{
	return r->rbx == 0x22 && r->rdx == 0x44 && r->rsi == 0x55 && r->rdi == 0x66 && r->rbp == 0x77 &&
	       r->r8 == 0x88 && r->r9 == 0x99 && r->r10 == 0xaa && r->r12 == 0xcc && r->r13 == 0xdd &&
	       r->r14 == 0xee && r->r15 == 0xff && r->rsp_moved == 0 && r->rcx == r->next_ip;
}

static int raw_vfork(void)
{
	volatile int shared = 0;
	int status;
	long child;

	/* The return address is what the child would lose, so nothing is called here. */
	child = SYS_vfork;
	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmovl $5, %1\n\tmov $60, %%eax\n\tmov $9, %%edi\n\tsyscall\n1:"
			 : "+a"(child), "+m"(shared) : : "rcx", "r11", "rdi", "memory", "cc");
	return child > 0 && waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 9 && shared == 5;
}

static int raw_clone_thread(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static volatile int done;
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	long child = SYS_clone;
	register long r10 __asm__("r10") = 0;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmovl $7, (%5)\n\tmov $60, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:"
			 : "+a"(child) : "D"(flags), "S"(stack + sizeof(stack)), "d"(0L), "r"(r10), "b"(&done)
			 : "rcx", "r11", "memory", "cc");
	for (int i = 0; i < 10000 && !done; i++)
		usleep(1000);
	return child > 0 && done == 7;
}

int main(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	struct registers r = { 0 };
	char byte = 'x';
	int ends[2], right = 1;
	pid_t child;
	int status;

	raw_call(&r, SYS_getppid);
	report((pid_t)r.rax == getppid(), "syscall returns its result");
	report(preserved(&r), "it keeps every register but rax, rcx, r11, and rcx is the next instruction");
	report((r.r11 & 1) == 1, "r11 holds the flags");
	report(r.red_zone_lost == 0, "it keeps the red zone");
	report(flags_after(0xcd5) == 0xcd5 && flags_after(0x401) == 0x401, "it keeps the flags, direction too");
	raw_call(&r, 100000);
	report((long)r.rax == -ENOSYS && preserved(&r), "an unknown number gives -ENOSYS");
	raw_call(&r, -1);
	report((long)r.rax == -ENOSYS && preserved(&r), "-1 gives -ENOSYS");

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	for (int i = 0; i < 200000 || ticks < 50; i++) {
		raw_call(&r, i % 2 ? SYS_getppid : SYS_sched_yield);
		right &= preserved(&r) && r.red_zone_lost == 0;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	report(right, "the same under 1 kHz signals");

	if (pipe(ends) != 0)
		return 1;
	report(raw(SYS_write, ends[1], (long)&byte, 1, 0, 0, 0) == 1 &&
	       raw(SYS_read, ends[0], (long)&byte, 1, 0, 0, 0) == 1, "three arguments");
	report(raw(SYS_mmap, 0, 4096, 3, 0x22, -1, 0) > 4096, "six arguments");
	report(raw(SYS_write, ends[1], 8, 1, 0, 0, 0) == -EFAULT, "a bad pointer gives -EFAULT");
	child = (pid_t)raw(SYS_fork, 0, 0, 0, 0, 0, 0);
	if (child == 0)
		raw(SYS_exit_group, 12, 0, 0, 0, 0, 0);
	report(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 12, "fork by instruction");
	report(raw_vfork(), "vfork by instruction");
	report(raw_clone_thread(), "clone of a thread onto a stack of its own");
	return report_summary();
}
