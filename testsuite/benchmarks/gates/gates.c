/* Calls of every kind, each between the markers that ../count.c knows; prints their names in that order. */
#include <stdio.h>
#include "calls.h"

DEFINE_REGISTERS(main)

static volatile long sink;
static volatile double float_sink;

static int add_here(int a, int b)
{
	return a + b;
}

int main(void)
{
	struct block block = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	add_fn *volatile there = callee_pointer();
	add_fn *volatile here = add_here;

	MEASURE("registers", sink = callee_add(1, 2));
	MEASURE("six-registers", sink = callee_six(1, 2, 3, 4, 5, 6));
	MEASURE("float", float_sink = callee_float(1, 2));
	MEASURE("stack-64", sink = callee_stack(block));
	MEASURE("return-64", block = callee_block(1));
	MEASURE("pointer", sink = there(1, 2));
	MEASURE("pointer-within", sink = here(1, 2));
	MEASURE("callback", sink = callee_back(here, 1, 2));
	MEASURE("direct-1", sink = callee_direct(0));
	MEASURE("direct-11", sink = callee_direct(10));
	MEASURE("indirect-1", sink = callee_indirect(0));
	MEASURE("indirect-11", sink = callee_indirect(10));
	MEASURE_REGISTERS("untrusted", callee);
	MEASURE_REGISTERS("trusted", vault);
	callee_calls();
	return fflush(stdout) != 0;
}
