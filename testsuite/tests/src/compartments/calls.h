/* What main and the library of the calls test know of each other. */
#ifndef CALLS_H
#define CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

struct small { int a; char b; };			/* one register */
struct pair { long a, b; };				/* two */
struct mixed { double d; long i; };			/* one of each kind */
struct floats { float x, y, z; };
struct large { long v[9]; };				/* in memory */
struct with_pointer { int (*call)(int); int n; };

typedef int callback(int);
typedef long big_callback(long, long, long, long, long, long, long, long, struct large);

/* lib.c, in the compartment */
int lib_none(void);
long lib_twenty(long, long, long, long, long, long, long, long, long, long,
		long, long, long, long, long, long, long, long, long, long);
double lib_twenty_doubles(double, double, double, double, double, double, double, double, double, double,
			  double, double, double, double, double, double, double, double, double, double);
double lib_mixture(int, double, long, float, struct small, struct pair, struct mixed, struct floats, struct large,
		   long double, short, unsigned char, double, long);
struct small lib_small(int);
struct pair lib_pair(long);
struct mixed lib_mixed(double);
struct floats lib_floats(float);
struct large lib_large(long, struct large);
long double lib_long_double(long double);
__int128 lib_int128(__int128, __int128);
_Complex double lib_complex(_Complex double);
int lib_sum(int count, ...);
int lib_print(char *buffer, size_t size, const char *format, ...);
int lib_call(callback *, int);
int lib_call_table(const struct with_pointer *, int count);
callback *lib_function(int which);
extern const struct with_pointer lib_table[3];
int lib_recurse(int depth);
int main_recurse(int depth);
long lib_call_big(big_callback *);
void lib_sort(int *data, size_t count);
int lib_compare(const void *, const void *);
int lib_search(const int *data, size_t count, int key, int (*compare)(const void *, const void *));
int lib_fail(int error);
int lib_tls(void);
int lib_stdio(const char *text);
char *lib_text(int n);
void *lib_memory(size_t size);
int lib_counter(void);
int lib_constructed(void);
void lib_at_exit(void);
void lib_jump(jmp_buf, int);
int lib_jump_inside(int);
int lib_with_jump(callback *, int);
void lib_jump_back(int);
int lib_alloca(int n);

/* main.c */
extern __thread int main_tls;

#endif
