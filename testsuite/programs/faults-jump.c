/* Jumps to anywhere that is not code: the process dies, the machine does not. */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static char data[64] = "\xc3";

static void call(void *address)
{
	((void (*)(void))(uintptr_t)address)();
}

static void jump(void *address)
{
	__asm__ volatile("jmp *%0" : : "r"(address) : "memory");
}

static void return_to(void *address)
{
	__asm__ volatile("push %0\n\tret" : : "r"(address) : "memory");
}

/* A jump with the stack pointer in the kernel's half as well: nothing tells such a frame from
 * the kernel's own, which ends the process by an oops, with SIGKILL. */
static void jump_high_stack(void *address)
{
	__asm__ volatile("mov $0xffffffff81000100, %%rsp\n\tjmp *%0" : : "r"(address) : "memory");
}

/* A jump with no stack at all. */
static void jump_no_stack(void *address)
{
	__asm__ volatile("xor %%esp, %%esp\n\tjmp *%0" : : "r"(address) : "memory");
}

static void execute_stack(void *arg)
{
	volatile char code[16] = "\xc3";

	(void)arg;
	call((void *)code);
}

static void expect(const char *what, body_fn *body, uintptr_t address, int code, uintptr_t seen_at)
{
	struct fault fault = fault_of(body, (void *)address);
	int holds = fault.signo == SIGSEGV && fault.killed_by == SIGSEGV && fault.code == code &&
		    (uintptr_t)fault.addr == seen_at;

	if (!holds)
		note("signal %d code %d address %p killed by %d", fault.signo, fault.code, fault.addr, fault.killed_by);
	report(holds, "%s 0x%lx", what, (unsigned long)address);
}

static void killed(const char *what, body_fn *body, uintptr_t address)
{
	struct fault fault = fault_of(body, (void *)address);

	if (fault.killed_by != SIGSEGV)
		note("signal %d killed by %d", fault.signo, fault.killed_by);
	report(fault.killed_by == SIGSEGV && fault.signo == SIGSEGV, "%s 0x%lx", what, (unsigned long)address);
}

int main(void)
{
	static const uintptr_t nowhere[] = {
		0xffffffffc0000000, 0xfffffffffffff000, 0xffff800000000000, 0xffffffff70000000,
		0xffffffffff5ff000, 0xffffffffffffffff, 0xffffc00000000000, 0x7ffffffff000, 0, 0x1000,
	};
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fault fault;

	memset(page, 0xc3, 4096);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
		uintptr_t to = nowhere[i];

		expect("call", call, to, SEGV_MAPERR, to);
		killed("jump", jump, to);
		killed("return", return_to, to);
		killed("jump without a stack", jump_no_stack, to);
		fault = fault_of(jump_high_stack, (void *)to);
		report(fault.killed_by == SIGSEGV || fault.killed_by == SIGKILL, "jump with a high stack 0x%lx",
		       (unsigned long)to);
	}
	/* A processor raises #GP here, QEMU's emulator #PF. */
	killed("non-canonical call", call, 0x0123456789abcdef);
	killed("non-canonical jump", jump, 0x0000800000000000);
	killed("non-canonical return", return_to, 0xfff0800000000000);
	killed("non-canonical jump without a stack", jump_no_stack, 0x0000800000000000);
	/* Emulated, or a fault. */
	in_child(call, (void *)0xffffffffff600000);
	report(getpid() > 1, "a call of the vsyscall page harms nobody else");
	/* The emulated vsyscall page has entry points, but none here. */
	killed("call into the vsyscall page", call, 0xffffffffff600123);

	fault = fault_of(call, data);
	report(fault.signo == SIGSEGV && fault.code == SEGV_ACCERR && fault.addr == data &&
	       fault.killed_by == SIGSEGV, "data is not executable");
	fault = fault_of(call, page);
	report(fault.signo == SIGSEGV && fault.code == SEGV_ACCERR && fault.addr == page &&
	       fault.killed_by == SIGSEGV, "nor is anonymous memory");
	fault = fault_of(execute_stack, NULL);
	report(fault.signo == SIGSEGV && fault.code == SEGV_ACCERR && fault.killed_by == SIGSEGV, "nor is the stack");
	report(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 && in_child(call, page) == 0,
	       "mprotect(PROT_EXEC) makes memory executable");
	return report_summary();
}
