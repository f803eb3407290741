/*
 * Calls each of the functions that `signatures` made through a model of a gate, with the compiler's
 * record of it: all arguments must arrive, all results come back, and nothing beyond the object
 * returned may be written. Then once more with eight bytes fewer on the stack, which must show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bad;
extern long stack_bytes, sret_bytes, alignment;
extern char object[];
extern int (*const calls[])(void);
extern const struct { long stack, sret, align; } records[];
extern const int count;

static int poison(const char *p, int n)
{
	for (int i = 0; i < n; i++)
		if ((unsigned char)p[i] != 0xa5)
			return 0;
	return 1;
}

int main(void)
{
	int wrong = 0, noticed = 0, with_stack = 0;

	for (int i = 0; i < count; i++) {
		int result;

		stack_bytes = records[i].stack;
		sret_bytes = records[i].sret;
		alignment = records[i].align;
		bad = 0;
		result = calls[i]();
		if (result) {
			printf("f%d: %s %d\n", i, result < 100 ? "argument" : "result", result);
			wrong++;
		} else if (sret_bytes && !(poison(object - 64, 64) && poison(object + sret_bytes, 64))) {
			printf("f%d: writes beside its result\n", i);
			wrong++;
		}
		if (records[i].stack) {
			/* One word less: the last one is then poison. */
			with_stack++;
			stack_bytes -= 8;
			bad = 0;
			noticed += calls[i]() != 0;
		}
	}
	printf("%d functions, %d wrong; %d with stack arguments, %d notice a missing word\n", count, wrong,
	       with_stack, noticed);
	/* Padding at the end of an aligned or packed argument is a word that nobody misses. */
	return wrong || noticed * 2 < with_stack;
}
