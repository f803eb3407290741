/* The benchmark's operations and what measures them. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>

struct operation {
	const char *name;
	/* What it needs before the first run; NULL if nothing. Not counted. */
	void (*prepare)(void);
	/* Do the operation COUNT times. */
	void (*run)(unsigned count);
	/* How often per batch. */
	unsigned count;
};

/* Ended by a NULL name. */
extern const struct operation file_operations[], thread_operations[], socket_operations[],
	process_operations[];

/* End the program with MESSAGE and errno's text unless CONDITION holds. */
void require_that(int condition, const char *message);
#define require(condition) require_that(!!(condition), #condition)

#endif
