#ifndef DB_STACK_H
#define DB_STACK_H
/* Where the CPU that a ring-0 program runs on pushes at a #DB: memory that the program can write. */
#include <stdint.h>
#include <string.h>

#define IST_DB 2	/* asm/page_64_types.h: IST_INDEX_DB */

/* The top of this CPU's stack for #DB, from its TSS. */
static inline uint64_t *db_stack(void)
{
	struct __attribute__((packed)) { uint16_t limit; uint64_t base; } gdt;
	uint64_t low, tss, top;
	uint16_t selector;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("str %0" : "=r"(selector));
	low = *(uint64_t *)(gdt.base + selector);
	tss = (low >> 16 & 0xffffff) | (low >> 56 & 0xff) << 24 | *(uint64_t *)(gdt.base + selector + 8) << 32;
	memcpy(&top, (void *)(tss + 36 + 8 * IST_DB), 8);
	return (uint64_t *)top;
}

#endif
