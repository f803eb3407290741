/* What gates.c calls in other compartments. */
#ifndef CALLS_H
#define CALLS_H

#include <stdio.h>
#include "../marker.h"

/* The first ones make the compartment's stack and translate the code. */
#define REPEAT 8

#define MEASURE(name, call)				\
	do {						\
		for (int i = 0; i < REPEAT; i++) {	\
			puts(name);			\
			MARK_START();			\
			call;				\
			MARK_STOP();			\
		}					\
	} while (0)

/* Functions with all in registers: what a gate has to clear, and to keep, depends on how many. */
__extension__ typedef __int128 wide;
#define DECLARE_REGISTERS(who)					\
	int who##_none(void);					\
	long who##_four(long a, long b, long c, long d);	\
	wide who##_wide(void);					\
	wide who##_wide_four(long a, long b, long c, long d)
#define DEFINE_REGISTERS(who)								\
	int who##_none(void) { return 1; }						\
	long who##_four(long a, long b, long c, long d) { return a + b + c + d; }	\
	wide who##_wide(void) { return 1; }						\
	wide who##_wide_four(long a, long b, long c, long d) { return a + b + c + d; }
#define MEASURE_REGISTERS(name, who)					\
	do {								\
		MEASURE(name "-none", who##_none());			\
		MEASURE(name "-four", who##_four(1, 2, 3, 4));		\
		MEASURE(name "-wide", who##_wide());			\
		MEASURE(name "-wide-four", who##_wide_four(1, 2, 3, 4));	\
	} while (0)

DECLARE_REGISTERS(callee);	/* untrusted */
DECLARE_REGISTERS(other);	/* untrusted, too */
DECLARE_REGISTERS(vault);	/* trusted */
DECLARE_REGISTERS(main);	/* called back */
/* Calls other's, and main's, and measures them. */
void callee_calls(void);

struct block {
	long word[8];
};

int callee_add(int a, int b);
long callee_six(long a, long b, long c, long d, long e, long f);
long callee_stack(struct block block);
struct block callee_block(long first);
double callee_float(double a, double b);
int callee_back(int (*function)(int a, int b), int a, int b);
typedef int add_fn(int a, int b);
add_fn *callee_pointer(void);
/* Calls its own function once more than it is told, directly or by a pointer. */
int callee_direct(int count);
int callee_indirect(int count);

#endif
