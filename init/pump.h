/* Bytes between the launcher's ports and the program's pipes. */
#ifndef PUMP_H
#define PUMP_H

#include <stdbool.h>

enum { PUMP_IN, PUMP_OUT, PUMP_ERR, PUMPS };

/* The driver makes one allocation per write: small enough to succeed in little memory. */
#define PUMP_SIZE 16384

struct pump {
	int from, to;           /* non-blocking; -1: closed */
	bool to_program;        /* to is the program's standard input */
	size_t start, end;      /* what is waiting in data */
	unsigned long sent;
	char data[PUMP_SIZE];
};

/* Set up a pump; -1 for both ends: an idle one. */
void pump_init(struct pump *pump, int from, int to, bool to_program);

/* Wait until SIGNALS (a signalfd) is readable, moving bytes in the meantime. */
void pump_wait(struct pump *pumps, int signals);

/*
 * Send out what the program has left in its output pipes, but do not wait for processes that
 * it has left behind.
 */
void pump_drain(struct pump *pumps);

#endif
