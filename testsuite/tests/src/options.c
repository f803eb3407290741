/* Touches what options change: data relocations, TLS, constructors, floating point, the heap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread int per_thread = 3;
static int constructed;
static const char *const names[] = { "zero", "one", "two" };
static int (*volatile compare)(const char *, const char *) = strcmp;

__attribute__((constructor)) static void constructor(void)
{
	constructed = 1;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(void)
{
	int numbers[] = { 5, 3, 9, 1 };
	char *copy = strdup(names[per_thread - 1]);
	volatile double two = 2;

	qsort(numbers, 4, sizeof(int), by_value);
	printf("%d %d %s %d %.3f\n", constructed, numbers[0], copy, compare(copy, "two"), two * 1.25);
	free(copy);
	return 0;
}
