/* Instructions that trap, and what the handler is told. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

#define TRAPPING(name, code) \
	static void name(void *arg) \
	{ \
		(void)arg; \
		__asm__ volatile(code : : : "rax", "rcx", "rdx", "memory", "cc"); \
	}

TRAPPING(do_ud2, "ud2")
TRAPPING(do_int3, "int3")
TRAPPING(do_int_3, ".byte 0xcd, 0x03")
TRAPPING(do_icebp, ".byte 0xf1")
TRAPPING(do_divide, "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tmov $1, %%eax\n\tdiv %%ecx")
TRAPPING(do_divide_overflow, "mov $-1, %%rcx\n\tmov $1, %%rax\n\tshl $63, %%rax\n\tcqo\n\tidiv %%rcx")
TRAPPING(do_bad_opcode, ".byte 0x06")
TRAPPING(do_bad_selector, "mov $0x7ffb, %%eax\n\tmov %%ax, %%ds")
TRAPPING(do_lock_register, ".byte 0xf0, 0x01, 0xc0")
TRAPPING(do_step, "pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tnop\n\tnop")
TRAPPING(do_sse, "push $0x1d80\n\tldmxcsr (%%rsp)\n\tpop %%rax\n\tpxor %%xmm0, %%xmm0\n\tmov $1, %%eax\n\t"
	 "cvtsi2sd %%eax, %%xmm1\n\tdivsd %%xmm0, %%xmm1")
TRAPPING(do_x87, "fninit\n\tpush $0x337b\n\tfldcw (%%rsp)\n\tpop %%rax\n\tfldz\n\tfld1\n\tfdivp\n\tfwait")

/* Vectors whose handler takes INT n for something else, or that have none */
#define INT(vector) TRAPPING(do_int_##vector, "int $" #vector)
INT(7)
INT(8)
INT(10)
INT(11)
INT(12)
INT(13)
INT(14)
INT(17)
INT(18)
INT(20)
INT(31)

static void expect(const char *what, body_fn *body, int signo, int code)
{
	struct fault fault = fault_of(body, NULL);
	int holds = fault.signo == signo && fault.killed_by == signo && fault.code == code;

	if (!holds)
		note("signal %d code %d address %p killed by %d", fault.signo, fault.code, fault.addr, fault.killed_by);
	report(holds, "%s", what);
}

/* RIP is that of the instruction: a fault, not a trap. */
static void expect_int(unsigned char vector, body_fn *body)
{
	struct fault fault = fault_of(body, NULL);
	int holds = fault.signo == SIGSEGV && fault.killed_by == SIGSEGV && fault.code == SI_KERNEL &&
		    fault.ip[0] == 0xcd && fault.ip[1] == vector;

	if (!holds)
		note("signal %d code %d rip %p killed by %d", fault.signo, fault.code, (const void *)fault.ip, fault.killed_by);
	report(holds, "int $%d", vector);
}
#define EXPECT_INT(vector) expect_int(vector, do_int_##vector)

/* Alignment checking exists in ring 3 only; in ring 0 the access just happens. */
static void misaligned_with_ac(void *arg)
{
	static char buffer[16];

	(void)arg;
	__asm__ volatile("pushf\n\torq $0x40000, (%%rsp)\n\tpopf\n\tmovl 1(%0), %%eax\n\t"
			 "pushf\n\tandq $~0x40000, (%%rsp)\n\tpopf" : : "r"(buffer) : "rax", "memory", "cc");
}

/* int $0x80 is a system call, a fault or nothing, according to the kernel. */
static void old_call(void *arg)
{
	long result = 20;

	(void)arg;
	__asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
}

static void nothing(void *arg)
{
	(void)arg;
}

/*
 * CR0.EM, then TS: the next instruction of SSE and of x87 finds an FPU that is switched off. In ring 0 nobody shall
 * notice, the kernel least of all; in ring 3 LMSW itself faults.
 */
static void switch_off_fpu(void *arg)
{
	static const unsigned short bits[] = { 4, 8, 12 };
	volatile double two = 2, sum = 0;
	volatile long double x87 = 1;
	unsigned int i;

	(void)arg;
	for (i = 0; i < 3; i++) {
		__asm__ volatile("smsw %%ax\n\tor %0, %%ax\n\tlmsw %%ax" : : "r"(bits[i]) : "rax", "cc", "memory");
		sum += two;
		__asm__ volatile("smsw %%ax\n\tor %0, %%ax\n\tlmsw %%ax" : : "r"(bits[i]) : "rax", "cc", "memory");
		x87 *= 3;
		__asm__ volatile("smsw %%ax\n\tor %0, %%ax\n\tlmsw %%ax" : : "r"(bits[i]) : "rax", "cc", "memory");
		/* Two switches of context, with the kernel's own XSAVE and XRSTOR in them */
		if (in_child(nothing, NULL) != 0)
			_exit(1);
	}
	_exit(sum == 6 && x87 == 27 ? 0 : 1);
}

TRAPPING(write_gs_base, "xor %%eax, %%eax\n\t.byte 0xf3, 0x48, 0x0f, 0xae, 0xd8")

static void fault_after_cli(void *arg)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	__asm__ volatile("cli\n\tmovb $1, (%0)" : : "r"(page) : "memory");
	_exit(page[0] == 1 ? 0 : 1);
}

/* As after any call, interrupts are on again: what the kernel does for it may sleep. */
static void call_after_cli(void *arg)
{
	unsigned long flags = 0;
	int fds[2];

	(void)arg;
	/* The second time nothing is left that could be a page fault. */
	if (pipe(fds) != 0 || write(fds[1], "1", 1) != 1)
		_exit(1);
	__asm__ volatile("cli" : : : "memory");
	if (write(fds[1], "2", 1) == 1)
		__asm__ volatile("pushf\n\tpop %0" : "=r"(flags) : : "memory");
	_exit(flags & 0x200 ? 0 : 1);
}

/* Ring 0 may do it and goes on as if nothing had been; in ring 3 the instruction faults. */
static void expect_survived(const char *what, body_fn *body)
{
	int status = in_child(body, NULL);

#ifdef __ukl__
	report(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", what);
#else
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "%s", what);
#endif
}

int main(void)
{
	struct fault fault;
	int status;

	expect("ud2", do_ud2, SIGILL, ILL_ILLOPN);
	expect("int3", do_int3, SIGTRAP, SI_KERNEL);
	expect("int $3", do_int_3, SIGTRAP, SI_KERNEL);
	expect("single step", do_step, SIGTRAP, TRAP_TRACE);
	expect("division by zero", do_divide, SIGFPE, FPE_INTDIV);
	expect("division overflow", do_divide_overflow, SIGFPE, FPE_INTDIV);
	expect("an opcode that 64-bit mode lacks", do_bad_opcode, SIGILL, ILL_ILLOPN);
	expect("lock with a register", do_lock_register, SIGILL, ILL_ILLOPN);
	expect("a segment selector out of range", do_bad_selector, SIGSEGV, SI_KERNEL);
	expect("x87 division by zero", do_x87, SIGFPE, FPE_FLTDIV);

	EXPECT_INT(7);
	EXPECT_INT(8);
	EXPECT_INT(10);
	EXPECT_INT(11);
	EXPECT_INT(12);
	EXPECT_INT(13);
	EXPECT_INT(14);
	EXPECT_INT(17);
	EXPECT_INT(18);
	EXPECT_INT(20);
	EXPECT_INT(31);

	/* QEMU's emulator does not know icebp, and has no SSE exceptions. */
	fault = fault_of(do_icebp, NULL);
	report(fault.killed_by == SIGTRAP || fault.killed_by == SIGILL, "icebp");
	fault = fault_of(do_sse, NULL);
	report(fault.killed_by == SIGFPE || fault.killed_by == 0, "SSE division by zero");

	fault = fault_of(misaligned_with_ac, NULL);
#ifdef __ukl__
	report(fault.signo == 0 && fault.killed_by == 0, "a misaligned access with AC set");
#else
	report(fault.signo == SIGBUS && fault.code == BUS_ADRALN, "a misaligned access with AC set");
#endif
	fault = fault_of(write_gs_base, NULL);
#ifdef __ukl__
	/* It would take the kernel's own GS base away. */
	report(fault.killed_by == SIGILL, "wrgsbase is refused where it would harm");
#else
	/* Not every CPU has it. */
	report(fault.signo == 0 && (fault.killed_by == 0 || fault.killed_by == SIGILL), "wrgsbase is refused where it would harm");
#endif
	expect_survived("CLI, and then a page fault", fault_after_cli);
	expect_survived("CLI, and then a call", call_after_cli);
	expect_survived("an FPU that LMSW switches off is switched on again", switch_off_fpu);
	status = in_child(old_call, NULL);
	report(WIFEXITED(status) || WIFSIGNALED(status), "int $0x80 ends at most the process");
	report(getpid() > 0 && in_child(nothing, NULL) == 0, "the process goes on");
	return report_summary();
}
