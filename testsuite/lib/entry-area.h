#ifndef ENTRY_AREA_H
#define ENTRY_AREA_H
/* Where the CPU that a ring-0 program runs on has its GDT, its TSS and the stacks of the IST: memory that the program can read,
 * and the stacks write. */
#include <stdint.h>
#include <string.h>

/* asm/page_64_types.h: IST_INDEX_*; the CPU's numbers begin with 1 */
#define IST_NMI 1
#define IST_DB 2
#define IST_UKL 5
#define IST_STACKS 7
#define IST_OFFSET 36	/* Intel SDM, volume 3, "64-Bit TSS" */

static inline uint64_t gdt_base(void)
{
	struct __attribute__((packed)) { uint16_t limit; uint64_t base; } gdt;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	return gdt.base;
}

/* Its address, from the descriptor that TR names. */
static inline uint64_t tss_base(void)
{
	uint16_t selector;
	uint64_t descriptor[2];

	__asm__ volatile("str %0" : "=r"(selector));
	memcpy(descriptor, (void *)(gdt_base() + selector), sizeof(descriptor));
	return (descriptor[0] >> 16 & 0xffffff) | (descriptor[0] >> 56 & 0xff) << 24 | descriptor[1] << 32;
}

/* The top of stack INDEX, of 0 to IST_STACKS - 1. 0: there is none. */
static inline uint64_t *ist_stack(int index)
{
	uint64_t top;

	memcpy(&top, (void *)(tss_base() + IST_OFFSET + 8 * (unsigned)index), sizeof(top));
	return (uint64_t *)top;
}

#endif
