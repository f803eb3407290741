/* With the kernel's key closed, a program in ring 0 sees the kernel's half of the address space as one
 * in ring 3 does: every access to it is a SIGSEGV with the host's code and address.
 * tests/kernel-key.sh shows that the same accesses succeed without the key. */
// test: options="--append ukl_key=on" needs="ukl_key_switch_to"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static void read_at(void *address)
{
	(void)*(volatile char *)address;
}

/* What was there before, so that it does no harm where it succeeds. */
static void write_at(void *address)
{
	__asm__ volatile("lock orb $0, (%0)" : : "r"(address) : "memory");
}

static void write_by_rep(void *address)
{
	void *from = address;
	long count = 64;

	__asm__ volatile("rep movsb" : "+D"(address), "+S"(from), "+c"(count) : : "memory");
}

static void push_at(void *address)
{
	__asm__ volatile("mov %%rsp, %%rbx\n\tlea 8(%0), %%rsp\n\tpush (%0)\n\tmov %%rbx, %%rsp"
			 : : "r"(address) : "rbx", "memory");
}

static void read_per_cpu(void *offset)
{
	uint64_t value;

	__asm__ volatile("mov %%gs:(%1), %0" : "=r"(value) : "r"(offset));
}

static void write_per_cpu(void *offset)
{
	__asm__ volatile("lock orb $0, %%gs:(%0)" : : "r"(offset) : "memory");
}

static void expect(const char *what, body_fn *body, uintptr_t address, uintptr_t seen_at)
{
	struct fault fault = fault_of(body, (void *)address);

	if (fault.signo != SIGSEGV)
		note("signal %d code %d address %p killed by %d", fault.signo, fault.code, fault.addr, fault.killed_by);
	report(fault.signo == SIGSEGV && fault.code == SEGV_MAPERR && fault.killed_by == SIGSEGV &&
	       (seen_at == UINTPTR_MAX || (uintptr_t)fault.addr == seen_at), "%s", what);
}

/* System calls are no way either. */
static void calls(const char *what, uintptr_t address)
{
	struct iovec local = { &local, 8 }, remote = { (void *)address, 8 };
	int ends[2];

	if (pipe(ends))
		return;
	report(write(ends[1], (void *)address, 8) < 0 && errno == EFAULT, "write() from %s", what);
	report(write(ends[1], "12345678", 8) == 8 && read(ends[0], (void *)address, 8) < 0 && errno == EFAULT,
	       "read() to %s", what);
	report(process_vm_readv(getpid(), &local, 1, &remote, 1, 0) < 0 && errno == EFAULT,
	       "process_vm_readv() from %s", what);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const struct {
		const char *what;
		uintptr_t address;
		int write;
	} places[] = {
		{ "the kernel's text", 0xffffffff81000000, 0 },
		{ "the kernel's text in the direct map", 0xffff888001000000, 0 },
		{ "the direct map", 0xffff888000100000, 1 },
		{ "the direct map's free pages", 0xffff888006000000, 1 },
		{ "the array of pages", 0xffffea0000000000, 1 },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char what[100];

		snprintf(what, sizeof what, "read of %s", places[i].what);
		expect(what, read_at, places[i].address, places[i].address);
		calls(places[i].what, places[i].address);
		if (!places[i].write)
			continue;
		snprintf(what, sizeof what, "write to %s", places[i].what);
		expect(what, write_at, places[i].address, places[i].address);
		snprintf(what, sizeof what, "string move in %s", places[i].what);
		expect(what, write_by_rep, places[i].address, places[i].address);
		snprintf(what, sizeof what, "push to %s", places[i].what);
		expect(what, push_at, places[i].address, places[i].address);
	}
	/* Ring 3 has a null base, and sees the offset. */
	expect("read of a per-CPU variable", read_per_cpu, 0, UINTPTR_MAX);
	expect("write to a per-CPU variable", write_per_cpu, 0, UINTPTR_MAX);
	/* The CPU reads its tables with the key closed: the program can, too. */
	expect("write to the IDT", write_at, 0xfffffe0000000000, 0xfffffe0000000000);
	expect("write to the GDT", write_at, 0xfffffe0000001000, 0xfffffe0000001000);

	report(syscall(SYS_getppid) == getppid(), "system calls work");
	return report_summary();
}
