#define _GNU_SOURCE
#include "memory.h"

int lib_exercise(unsigned seed, int rounds)
{
	return exercise(seed, rounds);
}

int lib_limits(void)
{
	return limits();
}

void *lib_malloc(size_t size)
{
	return memset(malloc(size), 'm', size);
}
