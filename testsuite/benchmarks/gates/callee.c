#include "calls.h"

DEFINE_REGISTERS(callee)

void callee_calls(void)
{
	MEASURE_REGISTERS("between-untrusted", other);
	MEASURE_REGISTERS("back", main);
}

int callee_add(int a, int b)
{
	return a + b;
}

long callee_six(long a, long b, long c, long d, long e, long f)
{
	return a + b + c + d + e + f;
}

long callee_stack(struct block block)
{
	return block.word[0] + block.word[7];
}

struct block callee_block(long first)
{
	return (struct block){ { first, 0, 0, 0, 0, 0, 0, 1 } };
}

double callee_float(double a, double b)
{
	return a + b;
}

int callee_back(int (*function)(int a, int b), int a, int b)
{
	return function(a, b) + 1;
}

add_fn *callee_pointer(void)
{
	return callee_add;
}

static __attribute__((noinline, noclone)) int own(int a)
{
	__asm__ volatile("");
	return a + 1;
}

static int (*volatile own_pointer)(int a) = own;

int callee_direct(int count)
{
	int sum = own(0);

	while (count--)
		sum += own(sum);
	return sum;
}

int callee_indirect(int count)
{
	int sum = own_pointer(0);

	while (count--)
		sum += own_pointer(sum);
	return sum;
}
