/* Nested functions whose address is taken: GCC puts a trampoline on the stack and asks for one
 * that is executable. */
// test: cflags=-Wl,--no-warn-execstack
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"

static int apply(int (*function)(int), int value)
{
	return function(value);
}

static char permissions(void *address)
{
	unsigned long from, to;
	char line[512], mode[5], found = '?';
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && from <= (unsigned long)address &&
		    (unsigned long)address < to)
			found = mode[2];
	if (maps)
		fclose(maps);
	return found;
}

int main(void)
{
	int offset = 40, values[] = { 3, 1, 2 };
	int add(int value) { return value + offset; }
	int descending(const void *a, const void *b) { offset++; return *(int *)b - *(int *)a; }

	report(apply(add, 2) == 42, "a nested function sees its parent's variable");
	qsort(values, 3, sizeof(*values), descending);
	report(values[0] == 3 && values[1] == 2 && values[2] == 1 && offset > 40, "as a comparator");
	report(permissions(&offset) == 'x', "the stack is executable");
	return report_summary();
}
