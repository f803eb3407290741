/*
 * What the guest's init says on the status port, one line each:
 *   clock               what time is it? The answer is a line with nanoseconds since 1970
 *   start               all ports are open: standard input may begin
 *   exit CODE OUT ERR   the program ended; OUT and ERR bytes went to stdout and stderr
 *   signal N OUT ERR    the same, killed by signal N
 * After the last one init waits until this side closes the port, then resets the machine.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status {
	bool asked;          /* for the time; who answers clears it */
	bool started, ended;
	int code;            /* what the shell shall see: 0 to 255 */
	uint64_t out, err;
	size_t length;       /* of the line that is being received */
	char line[128];
};

/* Take SIZE bytes of the port. Lines that are none of the above are ignored. */
void status_feed(struct status *status, const char *data, size_t size);

#endif
