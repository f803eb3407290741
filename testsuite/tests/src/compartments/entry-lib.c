#include <stdarg.h>
#include <stdlib.h>
#include "entry.h"

static int started;

__attribute__((constructor)) static void constructor(void)
{
	started++;
}

static int listed(int x)
{
	return x + 1;
}

static int hidden(int x)
{
	return x + 40;
}

static int variadic(int x, ...)
{
	va_list list;
	int y;

	va_start(list, x);
	y = va_arg(list, int);
	va_end(list);
	return x + y;
}

__attribute__((ukl_nogate)) static int nogate(int x)
{
	return x + 7;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static const volatile entry_function table[] = { listed, hidden, nogate };
static const volatile entry_variadic log_function = variadic;

entry_function lib_listed(void)
{
	return table[0];
}

entry_function lib_hidden(void)
{
	return table[1];
}

entry_function lib_nogate(void)
{
	return table[2];
}

entry_variadic lib_variadic(void)
{
	return log_function;
}

entry_function lib_constructor(void)
{
	return (entry_function)constructor;
}

int lib_other_entered(int (*through)(entry_function))
{
	return through((entry_function)constructor);
}

int lib_own(void)
{
	int numbers[3] = { 3, 1, 2 };

	qsort(numbers, 3, sizeof(*numbers), compare);
	return table[0](1) + table[1](1) + table[2](1) + log_function(1, 1) + numbers[0] + 1000 * started;
}
