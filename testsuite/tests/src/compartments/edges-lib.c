/* See edges.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "edges.h"

long lib_places(long a, long b, long c, long d, long e, long f, long g, long h)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

long lib_back(long (*f)(long), long x)
{
	return f(x) + 1;
}

long lib_deep(int depth)
{
	volatile char frame[2048];

	frame[0] = (char)depth;
	frame[2047] = (char)depth;
	if (depth == 0)
		return 0;
	return lib_deep(depth - 1) + (frame[0] == (char)depth && frame[2047] == (char)depth);
}

long lib_calls(long parent)
{
	long number = SYS_getppid, wrong = 0;

	wrong += getppid() != parent;
	__asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
	wrong += number != parent;
	errno = 0;
	wrong += close(-1) != -1 || errno != EBADF;
	return wrong;
}

long lib_vectors(long seed)
{
	unsigned long in[2] = { (unsigned long)seed, ~(unsigned long)seed }, out[2];

	__asm__ volatile("movdqu %1, %%xmm9\n\t"
			 "mov $20000, %%ecx\n"
			 "1:\n\t"
			 "dec %%ecx\n\t"
			 "jnz 1b\n\t"
			 "movdqu %%xmm9, %0" : "=m"(out) : "m"(in) : "rcx", "xmm9", "cc");
	return memcmp(in, out, sizeof(in)) != 0;
}
