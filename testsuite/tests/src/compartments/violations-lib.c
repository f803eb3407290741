#include <stdlib.h>
#include <string.h>
#include <ukl/compartment.h>
#include "violations.h"

static int counter;
static char room[100];
const char lib_open[] = "open";

int lib_read(const char *address)
{
	counter++;
	return *(volatile const char *)address;
}

__attribute__((noinline)) static int inner_read(const char *address)
{
	return *(volatile const char *)address + counter;
}

int lib_inner(const char *address)
{
	return inner_read(address) + 1;
}

void lib_write(char *address)
{
	*(volatile char *)address = 'x';
}

int lib_copy(const char *address, size_t size)
{
	memcpy(room, address, size);
	return room[0];
}

void lib_free(void *memory)
{
	free(memory);
}

int lib_overflow(int depth)
{
	volatile char frame[1000];

	frame[0] = (char)depth;
	return depth == 0 ? 0 : lib_overflow(depth - 1) + frame[0];
}

int lib_add(int a, int b)
{
	return a + b;
}

int lib_self(void)
{
	return ukl_compartment_self();
}

void *lib_memory(void)
{
	return malloc(50);
}

void *lib_counter_address(void)
{
	return &counter;
}

void *lib_gate(void)
{
	return (void *)lib_add;
}
