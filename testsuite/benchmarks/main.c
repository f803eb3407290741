/*
 * Instructions per system-call operation.
 *
 * usage: ops [NAME...]
 *
 * The monotonic clock is read around batches of an operation. Under QEMU's -icount shift=0 it
 * advances by one nanosecond per instruction, so that the difference counts instructions, those of
 * the kernel included. Prints "NAME INSTRUCTIONS" per operation: the least of some batches, as
 * a timer tick in a batch is not the operation's.
 */
#include "bench.h"
#include "marker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCHES 9

void require_that(int condition, const char *message)
{
	if (condition)
		return;
	fprintf(stderr, "ops: %s: %s\n", message, strerror(errno));
	exit(1);
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void measure(const struct operation *op)
{
	long long least = 0;

	if (op->prepare)
		op->prepare();
	/* Fill caches of the kernel, and touch what is touched for the first time. */
	op->run(op->count / 4 + 1);
	for (int batch = 0; batch < BATCHES; batch++) {
		long long start = now(), taken;

		MARK_START();
		op->run(op->count);
		MARK_STOP();
		taken = now() - start;
		if (!batch || taken < least)
			least = taken;
	}
	/* Nothing is printed between the batches: the console's interrupts would count. */
	printf("%s %.1f\n", op->name, (double)least / op->count);
}

static int wanted(const char *name, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	const struct operation *lists[] = { file_operations, thread_operations, socket_operations,
					    process_operations };
	static char text[16384];

	(void)argc;
	setvbuf(stdout, text, _IOFBF, sizeof text);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (const struct operation *op = lists[i]; op->name; op++)
			if (wanted(op->name, argv + 1))
				measure(op);
	return 0;
}
