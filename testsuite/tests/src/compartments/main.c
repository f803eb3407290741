/* Calls in all shapes between main and a library: what a boundary must not change. */
#include <complex.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "calls.h"

#ifdef __ukl__
# include <ukl/compartment.h>
#else
# define UKL_SHARED
# define ukl_shared_malloc malloc
#endif

__thread int main_tls = 100;

/* What the library shall read and write. */
UKL_SHARED static char buffer[200] = "";
UKL_SHARED static int numbers[50] = { 0 };
UKL_SHARED static struct with_pointer table[2] = { { 0, 0 } };

static int calls;

static int plus_hundred(int n)
{
	calls++;
	return n + 100;
}

static int negative(int n)
{
	calls++;
	return -n;
}

static int deeper(int n)
{
	return n <= 0 ? lib_none() : lib_call(deeper, n - 2);
}

int main_recurse(int depth)
{
	volatile char room[150];

	memset((char *)room, depth, sizeof(room));
	if (depth == 0)
		return 0;
	return lib_recurse(depth - 1) + 1 + (room[70] != (char)depth);
}

static long big(long a, long b, long c, long d, long e, long f, long g, long h, struct large large)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + large.v[0] + 10 * large.v[8];
}

static int descending(const void *a, const void *b)
{
	calls++;
	return *(const int *)b - *(const int *)a;
}

static void numbers_set(void)
{
	for (int i = 0; i < 50; i++)
		numbers[i] = i * 37 % 50;
}

static void at_exit_main(void)
{
	printf("main's atexit function, library counter %d\n", lib_counter());
}

static jmp_buf outer;

static int jumps_out(int n)
{
	longjmp(outer, n);
}

static int jumps_into_library(int n)
{
	/* setjmp was called by the library, which called us. */
	lib_jump_back(n + 1);
	return 0;
}

static void *in_thread(void *argument)
{
	long sum = 0;

	for (int i = 0; i < 1000; i++)
		sum += lib_call(plus_hundred, i) + lib_recurse(3);
	main_tls += 1;
	return (void *)(sum + lib_tls() + (long)argument);
}

int main(void)
{
	struct large large = { { 9, 8, 7, 6, 5, 4, 3, 2, 1 } };
	struct small small = { 3, 4 };
	struct pair pair = { 5, 6 };
	struct mixed mixed = { 7.5, 8 };
	struct floats floats = { 1.25f, 2.5f, 3.75f };
	complex double c;
	pthread_t threads[4];
	volatile int value;
	void *result;
	char *text;
	int status;

	printf("none %d, constructed %d\n", lib_none(), lib_constructed());
	printf("twenty %ld\n", lib_twenty(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));
	printf("twenty doubles %g\n", lib_twenty_doubles(1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
							 18, 19, 20.25));
	printf("mixture %.10g\n", lib_mixture(1, 2.5, 3, 4.5f, small, pair, mixed, floats, large, 5.25L, -6, 200, 7.75, 8));
	small = lib_small(12);
	pair = lib_pair(13);
	mixed = lib_mixed(14.5);
	floats = lib_floats(15.5f);
	large = lib_large(1000, large);
	printf("small %d %c pair %ld %ld mixed %g %ld floats %g %g %g\n", small.a, small.b, pair.a, pair.b, mixed.d,
	       mixed.i, floats.x, floats.y, floats.z);
	printf("large");
	for (int i = 0; i < 9; i++)
		printf(" %ld", large.v[i]);
	printf("\nlong double %.15Lg int128 %lx\n", lib_long_double(10.0L),
	       (unsigned long)(lib_int128((__int128)1 << 70, 12345) >> 70));
	c = lib_complex(3 + 4 * I);
	printf("complex %g %g\n", creal(c), cimag(c));

	printf("sum %d %d %d\n", lib_sum(0), lib_sum(3, 1, 2, 3), lib_sum(12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
	status = lib_print(buffer, sizeof(buffer), "%s %d %g %c %ld %x %g %g %g %g %g %g %g %g %d", "words", 1, 2.5, 'c',
			   5L, 255, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.5, 99);
	printf("print %d: %s\n", status, buffer);

	printf("callback %d %d, calls %d\n", lib_call(plus_hundred, 1), lib_call(negative, 5), calls);
	table[0] = (struct with_pointer){ plus_hundred, 1 };
	table[1] = (struct with_pointer){ negative, 2 };
	printf("table %d\n", lib_call_table(table, 2));
	printf("library's functions %d %d %d, own table %d\n", lib_function(0)(21), lib_function(1)(5),
	       lib_table[2].call(7), lib_call_table(lib_table, 3));
	printf("pointers compare: %d %d\n", lib_function(0) == lib_table[0].call, lib_function(0) == lib_function(1));
	printf("function of the library as its callback: %d\n", lib_call(lib_function(1), 6));
	printf("nested %d, recursion %d %d\n", deeper(8), lib_recurse(101), main_recurse(200));
	printf("big callback %ld\n", lib_call_big(big));

	numbers_set();
	lib_sort(numbers, 50);
	printf("sorted by the library: %d %d %d\n", numbers[0], numbers[25], numbers[49]);
	numbers_set();
	qsort(numbers, 50, sizeof(int), lib_compare);
	printf("sorted with its comparator: %d %d %d\n", numbers[0], numbers[25], numbers[49]);
	qsort(numbers, 50, sizeof(int), descending);
	printf("found at %d\n", lib_search(numbers, 50, 20, descending));

	errno = 0;
	status = lib_fail(EDOM);
	printf("errno %d %d\n", status, errno == EDOM);
	printf("tls %d", lib_tls());
	printf(" %d, main's %d\n", lib_tls(), main_tls);
	fflush(stdout);
	text = ukl_shared_malloc(20);
	strcpy(text, "argument");
	printf("stdio %d\n", lib_stdio(text));
	free(text);
	text = lib_text(5);
	printf("library's text: %s\n", text);
	free(text);
	text = lib_memory(100000);
	printf("library's memory: %d\n", text[99999]);
	text = realloc(text, 300000);
	printf("grown: %d\n", text[99999]);
	free(text);
	printf("alloca %d\n", lib_alloca(50000));

	value = 3;
	status = setjmp(outer);
	if (status == 0)
		lib_jump(outer, 17);
	printf("jump from the library: %d, %d\n", status, value);
	value = 4;
	status = setjmp(outer);
	if (status == 0)
		lib_call(jumps_out, 18);
	printf("jump from a callback: %d, %d\n", status, value);
	printf("jump inside the library: %d\n", lib_jump_inside(1));
	printf("jump into the library: %d\n", lib_with_jump(jumps_into_library, 5));
	for (volatile int i = 0; i < 200; i++) {
		status = setjmp(outer);
		if (status == 0)
			lib_call(jumps_out, 19);
	}
	printf("calls still work: %d\n", lib_call(plus_hundred, 1));

	fflush(stdout);
	if (fork() == 0) {
		printf("child: %d %d\n", lib_call(plus_hundred, 5), lib_counter() > 0);
		exit(lib_none() + 4);
	}
	wait(&status);
	printf("child's status %d\n", WEXITSTATUS(status));
	for (long i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, in_thread, (void *)i);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		printf("thread %d: %ld\n", i, (long)result);
	}
	lib_at_exit();
	atexit(at_exit_main);
	return 0;
}
