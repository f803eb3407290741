/* Prints "KIND ADDRESS" for each place of the running kernel's text, patched as it is, where bytes at any offset are
 * an instruction that could raise a program's rights. usage: kernel-text FIRST-ADDRESS END-ADDRESS */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "direct-map.h"

static const char *kind(const uint8_t *p)
{
	if (p[0] != 0x0f)
		return NULL;
	switch (p[1]) {
	case 0x01:
		if (p[2] == 0xef)
			return "wrpkru";
		if (p[2] == 0xf8)
			return "swapgs";
		if (p[2] == 0xd1)
			return "xsetbv";
		if (p[2] < 0xc0 && ((p[2] >> 3 & 7) == 2 || (p[2] >> 3 & 7) == 3))
			return "lgdt-lidt";
		return NULL;
	case 0x00:
		return (p[2] >> 3 & 7) == 2 || (p[2] >> 3 & 7) == 3 ? "lldt-ltr" : NULL;
	case 0x22:	/* of the others, CR2 and CR8 give nothing, the rest do not exist */
		switch (p[2] >> 3 & 7) {
		case 0:
			return "mov-to-cr0";
		case 3:
			return "mov-to-cr3";
		case 4:
			return "mov-to-cr4";
		}
		return NULL;
	case 0x23:
		return "mov-to-dr";
	case 0x30:
		return "wrmsr";
	case 0x07:
		return "sysret";
	case 0xae:
		if (p[2] < 0xc0 && (p[2] >> 3 & 7) == 5)
			return "xrstor";
		return p[-1] == 0xf3 && p[2] >= 0xd0 && p[2] < 0xe0 ? "wrfsgsbase" : NULL;
	case 0xc7:
		return p[2] < 0xc0 && (p[2] >> 3 & 7) == 3 ? "xrstors" : NULL;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t first, end;
	uint8_t *text;

	if (argc != 3)
		return 2;
	first = strtoull(argv[1], NULL, 16);
	end = strtoull(argv[2], NULL, 16);
	/* Pages have to be there while the kernel's key is open. */
	text = malloc(end - first + 16);
	memset(text, 1, end - first + 16);
	for (uint64_t done = 0; done < end - first; done += 8)
		copy_open(text + 1 + done, first + done, 1);
	text[0] = 0;
	memset(text + 1 + (end - first), 0, 8);
	for (uint64_t i = 0; i < end - first; i++)
		if (kind(text + 1 + i))
			printf("%s %lx\n", kind(text + 1 + i), first + i);
	return 0;
}
