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
#include "direct-map.h"

static unsigned keys[LEVELS + 1][16];
static void walk(uint64_t entry, int level)
{
	static uint64_t tables[LEVELS + 1][512];
	uint64_t *at = tables[level], size;

	/* Its page is there when it is copied to. */
	memset(at, 0, sizeof(tables[level]));
	copy_open(at, DIRECT_MAP + (entry & FRAME), 512);
	keys[level][KEY_OF(page_entry(DIRECT_MAP + (entry & FRAME), &size))]++;
	for (int i = 0; i < 512; i++)
		if (is_table(at[i], level))
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
	uint64_t cr3 = read_cr3();

	if (argc == 3) {
		/* The 100th of 256 for programs, which nothing uses; not present, so nothing is mapped by it. */
		uint64_t entry = DIRECT_MAP + (cr3 & FRAME) + 800, value = 2, zero = 0;
		unsigned pkru = (unsigned)strtoul(argv[2], NULL, 16);

		copy_with(pkru, (void *)entry, (uint64_t)&value, 1);
		copy_with(pkru, &value, entry, 1);
		copy_with(pkru, (void *)entry, (uint64_t)&zero, 1);
		printf("written: %d\n", (int)value);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "call") == 0) {
		printf("called: %o\n", umask(022));
		return 0;
	}
	use_memory();
	walk(cr3, LEVELS);
	for (int level = LEVELS; level > 0; level--)
		for (int key = 0; key < 16; key++)
			if (keys[level][key])
				printf("level %d key %d pages %u\n", level, key, keys[level][key]);
	return 0;
}
