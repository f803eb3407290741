/* The kernel's entry points as C functions: results, registers, numbers at run time.
 * On the host they are stood in for by the instruction. */
// test: cflags=-mno-red-zone smp=1
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

#ifdef __ukl__
long ukl_sys_getppid(void);
long ukl_sys_write(long fd, const void *data, long size);
long ukl_sys_mmap(long at, long size, long protection, long flags, long fd, long offset);
long ukl_sys_close(long fd);
#define ENTRY "call ukl_sys_getppid"
#define GENERIC "call ukl_syscall"
#else
#define ukl_sys_getppid() ((long)getppid())
static long ukl_sys_write(long fd, const void *data, long size)
{
	long result = write((int)fd, data, (size_t)size);

	return result < 0 ? -errno : result;
}
static long ukl_sys_close(long fd)
{
	return close((int)fd) < 0 ? -errno : 0;
}
#define ukl_sys_mmap(at, size, protection, flags, fd, offset) \
	syscall(SYS_mmap, at, size, protection, flags, fd, offset)
#define ENTRY "mov $110, %%eax\n\tsyscall"
#define GENERIC "syscall"
#endif

/* Calls with patterns in every register that the callee must keep. */
static int keeps_registers(void)
{
	unsigned long in[2] = { 0x1122334455667788, 0x99aabbccddeeff00 };
	unsigned long xmm0[2], xmm9[2], xmm15[2];
	const unsigned long *from = in;
	long result, wrong;
	double top;

	__asm__ volatile(
		"push %%rbp\n\tpush %%rbx\n\tfldpi\n\t"
		"movdqu (%%rsi), %%xmm0\n\tmovdqu (%%rsi), %%xmm9\n\tmovdqu (%%rsi), %%xmm15\n\t"
		"mov $0x22, %%ebx\n\tmov $0x77, %%ebp\n\tmov $0xcc, %%r12d\n\tmov $0xdd, %%r13d\n\t"
		"mov $0xee, %%r14d\n\tmov $0xff, %%r15d\n\t"
		ENTRY "\n\t"
		"xor $0x22, %%rbx\n\txor $0x77, %%rbp\n\txor $0xcc, %%r12\n\txor $0xdd, %%r13\n\t"
		"xor $0xee, %%r14\n\txor $0xff, %%r15\n\t"
		"or %%rbp, %%rbx\n\tor %%r12, %%rbx\n\tor %%r13, %%rbx\n\tor %%r14, %%rbx\n\tor %%r15, %%rbx\n\t"
		"mov %%rbx, %%rcx\n\tpop %%rbx\n\tpop %%rbp\n\t"
		"movdqu %%xmm0, (%%rbx)\n\tmovdqu %%xmm9, %3\n\tmovdqu %%xmm15, %4\n\tfstpl %5"
		: "=a"(result), "=c"(wrong), "=m"(xmm0), "=m"(xmm9), "=m"(xmm15), "=m"(top), "+S"(from)
		: "b"(xmm0)
		: "rdx", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "xmm0", "xmm9", "xmm15", "st", "memory", "cc");
	return result == getppid() && wrong == 0 && memcmp(xmm0, in, 16) == 0 && memcmp(xmm9, in, 16) == 0 &&
	       memcmp(xmm15, in, 16) == 0 && top > 3.14159 && top < 3.1416;
}

static long by_number(long number)
{
	__asm__ volatile(GENERIC : "+a"(number) : "D"(-1L), "S"(0L), "d"(0L)
			 : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
	return number;
}

#ifdef __ukl__
/* The kernel takes the stack pointer as it was before the call, and returns to r9. */
static int continues(void)
{
	unsigned long before, after;
	long result = SYS_getppid;

	__asm__ volatile("mov %%rsp, %1\n\tlea 1f(%%rip), %%r9\n\tcall ukl_syscall_cont\n\tud2\n1:\tmov %%rsp, %2"
			 : "+a"(result), "=&b"(before), "=&r"(after)
			 : : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	return result == getppid() && before == after;
}

/* Flags that no compiler sets around a call. A caller that does may fail, nobody else:
 * sched_yield() and a short sleep hand the processor to others meanwhile. */
static void call_with_flags(void *flags)
{
	struct { long seconds, nanoseconds; } nap = { 0, 1000000 };
	long result;

	for (int i = 0; i < 50; i++) {
		result = SYS_nanosleep;
		__asm__ volatile("pushf\n\torq %1, (%%rsp)\n\tpopf\n\tcall ukl_syscall\n\t"
				 "pushf\n\tandq $~0x4500, (%%rsp)\n\tpopf"
				 : "+a"(result) : "r"(flags), "D"(&nap), "S"(0L)
				 : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
		if (result != 0)
			_exit(1);
	}
}

static int flags_harm_nobody(unsigned long flags)
{
	int status, others = 1;
	pid_t busy = fork();

	if (busy == 0) {
		for (int i = 0; i < 200; i++)
			usleep(500);
		_exit(0);
	}
	for (int i = 0; i < 3; i++)
		in_child(call_with_flags, (void *)flags);
	others &= waitpid(busy, &status, 0) == busy && status == 0;
	return others && getppid() > 0;
}
#else
static int continues(void)
{
	return 1;
}

static int flags_harm_nobody(unsigned long flags)
{
	return flags != 0;
}
#endif

static int keeps_direction_flag(void)
{
	unsigned long flags;

	__asm__ volatile(ENTRY "\n\tpushf\n\tpop %0" : "=r"(flags) : : "rax", "rcx", "rdx", "rsi", "rdi", "r8",
			 "r9", "r10", "r11", "memory", "cc");
	return (flags & 0x600) == 0x200;
}

int main(void)
{
	const void *volatile bad = (const void *)8;
	long memory = ukl_sys_mmap(0, 4096, 3, 0x22, -1, 0);
	int right = 1;

	report(ukl_sys_getppid() == getppid(), "no argument");
	report(ukl_sys_write(1, "written directly\n", 17) == 17, "three arguments");
	report(memory > 4096 && *(char *)memory == 0, "six arguments");
	report(ukl_sys_close(-1) == -EBADF, "an error is -errno");
	report(ukl_sys_write(1, bad, 1) == -EFAULT, "a bad pointer gives -EFAULT");
	for (int i = 0; i < 10000; i++)
		right &= keeps_registers();
	report(right, "callee-saved, vector and x87 registers are kept, 10,000 times");
	report(keeps_direction_flag(), "interrupts are on and the direction flag is clear afterwards");
	report(continues(), "a call that continues elsewhere");
	report(flags_harm_nobody(0x4000), "a caller with NT set harms nobody else");
	report(flags_harm_nobody(0x400), "nor with the direction flag set");
	report(flags_harm_nobody(0x40000), "nor with AC set");
	report(by_number(SYS_close) == -EBADF, "a number known at run time");
	report(by_number(100000) == -ENOSYS && by_number(-1) == -ENOSYS, "an unknown number gives -ENOSYS");
	errno = 0;
	report(syscall(100000) == -1 && errno == ENOSYS, "libc's syscall() says so too");
	return report_summary();
}
