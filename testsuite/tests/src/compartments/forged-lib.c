/* See tests/src/kernel-forged.c. It goes on behind lib_forge()'s jump, on its own stack, with what rights there are then. */
#include <string.h>
#include "entry-area.h"
#include "forged.h"

#define KERNEL_CS 0x10		/* asm/segment.h */
#define KERNEL_DS 0x18
#define PT_REGS 21		/* words of asm/ptrace.h's struct */

static int has_read;

int lib_has_read(void)
{
	return has_read;
}

void lib_forge(uint64_t wrpkru, uint64_t return_to, const volatile uint64_t *secret)
{
	uint64_t *regs = ist_stack(IST_DB) - PT_REGS;

	memset(regs, 0, PT_REGS * 8);
	regs[17] = KERNEL_CS;
	regs[18] = 0x202;
	regs[20] = KERNEL_DS;
	regs[-1] = return_to;
	/* Interrupts off, by bytes of another instruction. RIP, RSP; and registers, of which r12 keeps the address. */
	__asm__ volatile("lea 1f(%%rip), %%rax\n\tmov %%rax, 128(%%rdi)\n\tmov %%rsp, 152(%%rdi)\n\t"
			 "mov %%rbp, 32(%%rdi)\n\tmov %%rcx, 24(%%rdi)\n\t"
			 "call 3f+2\n\tjmp 4f\n3:\tmov $0xc3fa, %%r8d\n4:\tlea -8(%%rdi), %%rsp\n\txor %%eax, %%eax\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\t"
			 "xor %%r14d, %%r14d\n\tmov $1, %%ebx\n\tjmp *%%rsi\n"
			 "1:\tmov %%r12, %%rcx"
			 : "+D"(regs), "+S"(wrpkru), "+c"(secret)
			 :
			 : "rax", "rbx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	has_read = *secret == 4711;
}

long lib_read_half_open(uint64_t wrpkru, int file, char *page)
{
	register uint64_t count __asm__("r11") = 4096;
	unsigned pkru, edx;

	__asm__ volatile("rdpkru" : "=a"(pkru), "=d"(edx) : "c"(0));
	pkru = (pkru & 0x0fffffff) | 0x30000000;
	__asm__ volatile("sub $128, %%rsp\n\tcall *%%rbx\n\tadd $128, %%rsp"
			 : "+a"(pkru), "+r"(count)
			 : "b"(wrpkru), "c"(0ul), "d"(0ul), "D"(file), "S"(page)
			 : "r8", "r9", "r10", "memory", "cc");
	return (int)pkru;
}
