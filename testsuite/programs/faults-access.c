/* Bad reads and writes kill the process that made them, with the signal, code and
 * address that the host gives, and nothing else. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

static const char constant[4096] = "constant";

static void read_at(void *address)
{
	(void)*(volatile char *)address;
}

static void write_at(void *address)
{
	*(volatile char *)address = 1;
}

static void write_by_rep(void *address)
{
	long count = 4096;

	__asm__ volatile("rep stosb" : "+D"(address), "+c"(count) : "a"(0) : "memory");
}

static void read_vector(void *address)
{
	__asm__ volatile("movdqu (%0), %%xmm0" : : "r"(address) : "xmm0", "memory");
}

static void read_vector_misaligned(void *address)
{
	__asm__ volatile("movaps (%0), %%xmm0" : : "r"(address) : "xmm0", "memory");
}

/* rbp-based accesses are stack faults (#SS) when the address is not canonical. */
static void read_by_rbp(void *address)
{
	__asm__ volatile("push %%rbp\n\tmov %0, %%rbp\n\tmov (%%rbp), %%rax\n\tpop %%rbp" : : "r"(address) : "rax", "memory");
}

static void compare_exchange(void *address)
{
	__atomic_fetch_add((int *)address, 1, __ATOMIC_SEQ_CST);
}

static void expect(const char *what, body_fn *body, uintptr_t address, int signo, int code, uintptr_t seen_at)
{
	struct fault fault = fault_of(body, (void *)address);

	if (fault.signo != signo || fault.code != code || (uintptr_t)fault.addr != seen_at || fault.killed_by != signo)
		note("signal %d code %d address %p killed by %d", fault.signo, fault.code, fault.addr, fault.killed_by);
	report(fault.signo == signo && fault.code == code && (uintptr_t)fault.addr == seen_at &&
	       fault.killed_by == signo, "%s", what);
}

int main(void)
{
	static const uintptr_t text = 0xffffffff81000000, odd = 0x0123456789abcdef;
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *gone = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char *past_end;
	struct fault fault;
	int status = 0;

	if (file < 0 || ftruncate(file, 100) != 0)
		return 1;
	past_end = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	/* Last, or another mapping takes its place. */
	munmap(gone, 8192);

	expect("read of null", read_at, 0, SIGSEGV, SEGV_MAPERR, 0);
	expect("write to null", write_at, 0, SIGSEGV, SEGV_MAPERR, 0);
	expect("read of 8", read_at, 8, SIGSEGV, SEGV_MAPERR, 8);
	expect("atomic add to 16", compare_exchange, 16, SIGSEGV, SEGV_MAPERR, 16);
	expect("rep stosb to null", write_by_rep, 0, SIGSEGV, SEGV_MAPERR, 0);
	expect("vector read of 32", read_vector, 32, SIGSEGV, SEGV_MAPERR, 32);
	expect("read of PROT_NONE", read_at, (uintptr_t)none, SIGSEGV, SEGV_ACCERR, (uintptr_t)none);
	expect("write to PROT_NONE", write_at, (uintptr_t)none + 5, SIGSEGV, SEGV_ACCERR, (uintptr_t)none + 5);
	expect("read of unmapped memory", read_at, (uintptr_t)gone, SIGSEGV, SEGV_MAPERR, (uintptr_t)gone);
	expect("write to unmapped memory", write_at, (uintptr_t)gone, SIGSEGV, SEGV_MAPERR, (uintptr_t)gone);
	expect("write to the program's constants", write_at, (uintptr_t)constant, SIGSEGV, SEGV_ACCERR, (uintptr_t)constant);
	expect("write to the program's text", write_at, (uintptr_t)main, SIGSEGV, SEGV_ACCERR, (uintptr_t)main);
	expect("write past a file's end", write_at, (uintptr_t)past_end + 4096, SIGBUS, BUS_ADRERR, (uintptr_t)past_end + 4096);
	expect("misaligned movaps", read_vector_misaligned, (uintptr_t)constant + 1, SIGSEGV, SI_KERNEL, 0);
	expect("write to kernel text", write_at, text, SIGSEGV, SEGV_MAPERR, text);
	expect("write to unmapped high memory", write_at, 0xffffffffc0000000, SIGSEGV, SEGV_MAPERR, 0xffffffffc0000000);
	expect("read of unmapped high memory", read_at, 0xffff800000000000, SIGSEGV, SEGV_MAPERR, 0xffff800000000000);
	expect("read of the last page", read_at, 0xfffffffffffff000, SIGSEGV, SEGV_MAPERR, 0xfffffffffffff000);
	expect("read just past the user half", read_at, 0x7ffffffff000, SIGSEGV, SEGV_MAPERR, 0x7ffffffff000);
	expect("non-canonical read", read_at, odd, SIGSEGV, SI_KERNEL, 0);
	expect("non-canonical write", write_at, odd, SIGSEGV, SI_KERNEL, 0);
	/* #SS is SIGBUS, but QEMU's emulator makes it #GP. */
	fault = fault_of(read_by_rbp, (void *)odd);
	report((fault.killed_by == SIGBUS || fault.killed_by == SIGSEGV) && fault.code == SI_KERNEL,
	       "non-canonical read by rbp");
	report(in_child(write_at, &status) == 0, "a good write still works afterwards");
	return report_summary();
}
