/* What gates.c calls in another compartment. */
#ifndef CALLS_H
#define CALLS_H

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
