/* The library of the calls test. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "calls.h"

static int counter, constructed;
static __thread int own_tls = 5;

__attribute__((constructor)) static void construct(void)
{
	constructed = 77;
	own_tls = 6;
}

__attribute__((destructor)) static void destruct(void)
{
	printf("library destructor, counter %d\n", counter);
}

int lib_none(void)
{
	return 1;
}

long lib_twenty(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j,
		long k, long l, long m, long n, long o, long p, long q, long r, long s, long t)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j +
	       11 * k + 12 * l + 13 * m + 14 * n + 15 * o + 16 * p + 17 * q + 18 * r + 19 * s + 20 * t;
}

double lib_twenty_doubles(double a, double b, double c, double d, double e, double f, double g, double h,
			  double i, double j, double k, double l, double m, double n, double o, double p,
			  double q, double r, double s, double t)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j +
	       11 * k + 12 * l + 13 * m + 14 * n + 15 * o + 16 * p + 17 * q + 18 * r + 19 * s + 20 * t;
}

double lib_mixture(int a, double b, long c, float d, struct small e, struct pair f, struct mixed g,
		   struct floats h, struct large i, long double j, short k, unsigned char l, double m, long n)
{
	double sum = a + b + c + d + e.a + e.b + f.a + f.b + g.d + g.i + h.x + h.y + h.z + j + k + l + m + n;

	for (int at = 0; at < 9; at++)
		sum += at * i.v[at];
	return sum;
}

struct small lib_small(int n)
{
	return (struct small){ n, 'x' };
}

struct pair lib_pair(long n)
{
	return (struct pair){ n, -n };
}

struct mixed lib_mixed(double d)
{
	return (struct mixed){ d * 2, (long)d };
}

struct floats lib_floats(float f)
{
	return (struct floats){ f, f + 1, f + 2 };
}

struct large lib_large(long n, struct large in)
{
	for (int i = 0; i < 9; i++)
		in.v[i] += n;
	return in;
}

long double lib_long_double(long double d)
{
	return d / 3;
}

__int128 lib_int128(__int128 a, __int128 b)
{
	return a * b;
}

_Complex double lib_complex(_Complex double c)
{
	return c * c;
}

int lib_sum(int count, ...)
{
	va_list list;
	int sum = 0;

	va_start(list, count);
	while (count-- > 0)
		sum += va_arg(list, int);
	va_end(list);
	return sum;
}

int lib_print(char *buffer, size_t size, const char *format, ...)
{
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(buffer, size, format, list);
	va_end(list);
	return length;
}

int lib_call(callback *call, int n)
{
	return call(n) + call(n + 1);
}

int lib_call_table(const struct with_pointer *table, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += table[i].call(table[i].n);
	return sum;
}

static int twice(int n)
{
	return 2 * n;
}

static int square(int n)
{
	return n * n;
}

static int next(int n)
{
	return n + 1 + counter * 0;
}

const struct with_pointer lib_table[3] = { { twice, 1 }, { square, 2 }, { next, 3 } };

callback *lib_function(int which)
{
	return lib_table[which].call;
}

int lib_recurse(int depth)
{
	volatile char room[100];

	memset((char *)room, depth, sizeof(room));
	if (depth == 0)
		return 0;
	return main_recurse(depth - 1) + 1 + (room[50] != (char)depth);
}

long lib_call_big(big_callback *call)
{
	struct large large = { { 1, 2, 3, 4, 5, 6, 7, 8, 9 } };

	return call(1, 2, 3, 4, 5, 6, 7, 8, large);
}

int lib_compare(const void *a, const void *b)
{
	counter++;
	return *(const int *)a - *(const int *)b;
}

void lib_sort(int *data, size_t count)
{
	qsort(data, count, sizeof(*data), lib_compare);
}

int lib_search(const int *data, size_t count, int key, int (*compare)(const void *, const void *))
{
	const int *found = bsearch(&key, data, count, sizeof(*data), compare);

	return found ? (int)(found - data) : -1;
}

int lib_fail(int error)
{
	errno = error;
	return -1;
}

int lib_tls(void)
{
	return own_tls++ + main_tls++;
}

int lib_stdio(const char *text)
{
	FILE *file = tmpfile();
	char line[100];
	int number = 0;

	printf("from inside: %s\n", text);
	fprintf(stderr, "on stderr: %s\n", text);
	if (!file)
		return -1;
	fprintf(file, "%d %s\n", 4711, text);
	rewind(file);
	if (fscanf(file, "%d %99s", &number, line) != 2 || strcmp(line, text) != 0)
		number = -2;
	fclose(file);
	return number;
}

char *lib_text(int n)
{
	char *text;

	return asprintf(&text, "text %d", n) < 0 ? NULL : text;
}

void *lib_memory(size_t size)
{
	return memset(malloc(size), 0x5a, size);
}

int lib_counter(void)
{
	return ++counter;
}

int lib_constructed(void)
{
	return constructed;
}

static void at_exit_inside(void)
{
	printf("library's atexit function, counter %d\n", counter);
}

void lib_at_exit(void)
{
	atexit(at_exit_inside);
}

void lib_jump(jmp_buf buffer, int value)
{
	longjmp(buffer, value);
}

static jmp_buf inner;

static __attribute__((noinline)) int jump_from_depth(int depth)
{
	volatile char room[200];

	room[0] = 1;
	if (depth < 0)
		return 0;
	if (depth == 0)
		longjmp(inner, 33);
	return jump_from_depth(depth - room[0]) + room[0];
}

int lib_jump_inside(int n)
{
	volatile int value = n;
	int got = setjmp(inner);

	return got ? got + value : jump_from_depth(10);
}

int lib_with_jump(callback *call, int n)
{
	volatile int kept = n;
	int got = setjmp(inner);

	if (got)
		return got + kept;
	return call(n);
}

void lib_jump_back(int value)
{
	longjmp(inner, value);
}

int lib_alloca(int n)
{
	char *room = __builtin_alloca((size_t)n);

	memset(room, 3, (size_t)n);
	return room[n - 1];
}
