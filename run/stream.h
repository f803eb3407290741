/* One direction of bytes between the user's descriptors and the machine's. */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct stream {
	int from;            /* -1: at its end or closed */
	int to;              /* -1: nobody takes the bytes */
	size_t start, end;   /* what is waiting in data */
	uint64_t received;   /* bytes read from `from` */
	char data[65536];
};

/* Set up an idle stream; either side may be -1. */
void stream_init(struct stream *stream, int from, int to);

/* Is there room to read, something to write? What to poll for. */
bool stream_wants_input(const struct stream *stream);
bool stream_wants_output(const struct stream *stream);

/* Read what is there; closes nothing, sets from to -1 at the end. Returns read()'s result. */
ssize_t stream_fill(struct stream *stream);

/*
 * Write some of what is waiting, never more than a pipe takes without blocking: call it when
 * poll says that `to` is writable. Returns 0, or -1 with errno when nobody takes bytes there
 * any more; then `to` is -1, what waits is dropped and `from` should be closed by the caller.
 */
int stream_flush(struct stream *stream);

#endif
