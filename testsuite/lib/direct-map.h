#ifndef DIRECT_MAP_H
#define DIRECT_MAP_H
/* Reads and writes of the kernel's memory, with its key open, for programs that the linker has not verified: page tables of
 * this process, by their place in the direct map. */
#include <stdint.h>

#define DIRECT_MAP 0xffff888000000000	/* Documentation/arch/x86/x86_64/mm.rst, without KASLR */

/* Entries of page tables: Intel SDM, volume 3, "4-Level Paging" */
#define FRAME 0xffffffffff000
#define PRESENT 1
#define WRITABLE 2
#define LARGE 0x80
#define NX (1ul << 63)
#define LEVELS 4
#define KEY_OF(entry) ((entry) >> 59 & 15)

/* Copies with this PKRU. Any interrupt would close the kernel's key again: there is none meanwhile; nor may a page of the
 * program's be missing. */
static inline void copy_with(uint32_t pkru, void *to, uint64_t from, uint64_t words)
{
	uint32_t old, edx;

	__asm__ volatile("rdpkru" : "=a"(old), "=d"(edx) : "c"(0));
	__asm__ volatile("cli\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\twrpkru\n\tmov %4, %%rcx\n\trep movsq\n\t"
			 "mov %3, %%eax\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\twrpkru\n\tsti"
			 : "+D"(to), "+S"(from), "+a"(pkru) : "r"(old), "r"(words) : "rcx", "rdx", "memory");
}

static inline void copy_open(void *to, uint64_t from, uint64_t words)
{
	copy_with(0, to, from, words);
}

static inline uint64_t word_open(uint64_t address)
{
	uint64_t value;

	copy_open(&value, address, 1);
	return value;
}

static inline uint64_t read_cr3(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr3, %0" : "=r"(value));
	return value;
}

/* Does an entry of this level, 1 to LEVELS, lead to a table of the one below? */
static inline int is_table(uint64_t entry, int level)
{
	return level > 1 && (entry & PRESENT) && !(level < LEVELS && (entry & LARGE));
}

/* The entry that maps ADDRESS, and in *SIZE how many bytes it is for. */
static inline uint64_t page_entry(uint64_t address, uint64_t *size)
{
	uint64_t entry = read_cr3();
	int level = LEVELS;

	do {
		entry = word_open(DIRECT_MAP + (entry & FRAME) + (address >> (3 + 9 * level) & 511) * 8);
		*size = 1ul << (3 + 9 * level);
	} while (is_table(entry, level--));
	return entry;
}

#endif
