/* What the pages are that hold this process's page tables: the key of each, in the direct map, which
 * the program reads with the kernel's key open, as only a program without compartments can open it by itself.
 *
 *	page-tables list	per level of the tables, how many pages have which key
 *	page-tables write PKRU	writes an unused entry of the top level with this PKRU
 *	page-tables call	makes a system call
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DIRECT_MAP 0xffff888000000000
#define FRAME 0xffffffffff000
#define PRESENT 1
#define LARGE 0x80

static unsigned keys[5][16];
static uint64_t cr3;

static unsigned rdpkru(void)
{
	unsigned pkru, edx;

	__asm__ volatile("rdpkru" : "=a"(pkru), "=d"(edx) : "c"(0));
	return pkru;
}

/* Any interrupt would close the key again. */
static void copy(uint64_t to, uint64_t from, unsigned pkru, unsigned words)
{
	unsigned old = rdpkru();
	uint64_t count = words;

	__asm__ volatile("xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tcli\n\twrpkru\n\tmov %4, %%rcx\n\trep movsq\n\t"
			 "mov %3, %%eax\n\twrpkru\n\tsti"
			 : "+D"(to), "+S"(from), "+a"(pkru) : "r"(old), "r"(count) : "rcx", "rdx", "memory");
}

static void table(uint64_t entry, uint64_t *to)
{
	memset(to, 0, 4096);
	copy((uint64_t)to, DIRECT_MAP + (entry & FRAME), 0, 512);
}

/* The entry that maps the address. */
static uint64_t leaf(uint64_t address)
{
	uint64_t entry = cr3;

	for (int level = 4; level > 0; level--) {
		copy((uint64_t)&entry, DIRECT_MAP + (entry & FRAME) + (address >> (3 + 9 * level) & 511) * 8, 0, 1);
		if (!(entry & PRESENT) || (level < 4 && (entry & LARGE)))
			break;
	}
	return entry;
}

static void walk(uint64_t entry, int level)
{
	static uint64_t tables[5][512];
	uint64_t *at = tables[level];

	table(entry, at);
	keys[level][leaf(DIRECT_MAP + (entry & FRAME)) >> 59 & 15]++;
	for (int i = 0; level > 1 && i < 512; i++)
		if ((at[i] & PRESENT) && !(level < 4 && (at[i] & LARGE)))
			walk(at[i], level - 1);
}

/* Some of all: sparse mappings, a fork whose copy is written to. */
static void use_memory(void)
{
	for (int i = 0; i < 64; i++) {
		char *memory = mmap((void *)(0x100000000000 + i * 0x40200000ul), 65536, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		if (memory == MAP_FAILED)
			exit(2);
		memset(memory, i, 65536);
		if (i % 16 == 0 && fork() == 0) {
			memset(memory, i + 1, 65536);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	if (argc == 3) {
		/* The 100th of 256 for programs, which nothing uses; not present, so nothing is mapped by it. */
		uint64_t entry = DIRECT_MAP + (cr3 & FRAME) + 800, value = 2, zero = 0;
		unsigned pkru = (unsigned)strtoul(argv[2], NULL, 16);

		copy(entry, (uint64_t)&value, pkru, 1);
		copy((uint64_t)&value, entry, pkru, 1);
		copy(entry, (uint64_t)&zero, pkru, 1);
		printf("written: %d\n", (int)value);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "call") == 0) {
		printf("called: %o\n", umask(022));
		return 0;
	}
	use_memory();
	walk(cr3, 4);
	for (int level = 4; level > 0; level--)
		for (int key = 0; key < 16; key++)
			if (keys[level][key])
				printf("level %d key %d pages %u\n", level, key, keys[level][key]);
	return 0;
}
