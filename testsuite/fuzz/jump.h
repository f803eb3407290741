/* The parts of jump.c: a parent, a library that jumps into the kernel, and a vault. */
#ifndef JUMP_H
#define JUMP_H

#include <stdint.h>

/*
 * What is planted are 64 bytes, a value of four again and again, so that a load of four bytes or more from any place of them
 * is known. Its bytes differ: eight times the same byte is what memset() makes of its argument. In the program there are
 * only the values' complements, in variables that the compiler does not look through, and products: it must not find the
 * values in its own text.
 */
#define NO_KERNEL_SECRET 0x58a31d66u
#define NO_VAULT_SECRET 0x3ce1892bu
#define SECRET_BYTES 64
#define SECRET_FACTOR 0x9e3779b1u	/* odd, so that no other value has the same product */

static inline void plant_secret(volatile unsigned char *where, uint32_t complement)
{
	for (int i = 0; i < SECRET_BYTES; i++)
		where[i] = (unsigned char)(~complement >> i % 4 * 8);
}

struct range {
	uint64_t first, end, step;	/* addresses */
	uint64_t seed;
	const volatile unsigned char *kernel, *vault;	/* the secrets; NULL if there is none */
	int control;		/* jump to where a jump may come back, instead */
};

/*
 * A page that all processes and compartments share. fuzz/jumps reads the counts in the machine's memory, also when
 * the machine has stopped.
 */
struct shared {
	volatile uint64_t at;		/* where the jump in progress goes */
	volatile uint64_t jumps;
	volatile uint64_t faults, illegal, traps;	/* signals that the library survived: SIGSEGV, SIGILL, others */
	volatile uint64_t returned;	/* came back to the library */
	volatile uint64_t loops;	/* had no end: the library's timer came back */
	volatile uint64_t masked;	/* of all these, with interrupts off */
	volatile uint64_t exited, died, stuck;	/* ends of the library's process */
	volatile uint64_t oopses, warnings;	/* as the kernel counts them */
	volatile uint64_t leaks;
	volatile uint64_t ticks;	/* of the parent's timer: the machine takes interrupts */
	volatile uint64_t leak_at;	/* the first one: after which jump, and how */
	volatile uint64_t leak_how;	/* enum; the lower 32 bits: index of the register or word */
	volatile uint64_t leak_value;
	struct range range;
};

enum { LEAK_KERNEL = 1, LEAK_VAULT, LEAK_REGISTER, LEAK_SIGNAL, LEAK_STACK, LEAK_MEMORY };

/* Jumps to all addresses of the range, in this process; returns at its end. */
void lib_jump(struct shared *);

const volatile unsigned char *vault_secret(void);

#endif
