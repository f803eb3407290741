/* A hostile library: reads and writes what it gets the address of, and makes calls on a stack that is not its own. */
#include "objects.h"

extern const char objects_back[];

int lib_read(volatile const uint64_t *address)
{
	return (int)(*address & 0);
}

/* What was there before, so that it does no harm where it succeeds. */
int lib_write(volatile uint64_t *address)
{
	__asm__ volatile("lock orb $0, %0" : "+m"(*address));
	return 0;
}

uint64_t *lib_page(void)
{
	static uint64_t page[512] __attribute__((aligned(4096)));

	page[256] = (uint64_t)objects_back;
	return page;
}

long lib_call(uint64_t entry, uint64_t stack, long number)
{
	__asm__ volatile("mov %%rsp, %%r14\n\tmov %[stack], %%rsp\n\tjmp *%[entry]\n"
			 "objects_back:\n\tmov %%r14, %%rsp"
			 : "+a"(number)
			 : [entry] "r"(entry), [stack] "r"(stack)
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r14", "memory", "cc");
	return number;
}
