/* zlib called with pieces of three sizes. Buffers are in shared memory: zlib is not trusted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <ukl/compartment.h>
#include "../marker.h"

#define REPEAT 5
#define LARGEST 65536

#define MEASURE(name, size, before, call)			\
	do {							\
		for (int i = 0; i < REPEAT; i++) {		\
			before;					\
			printf("%s-%u\n", name, size);		\
			MARK_START();				\
			call;					\
			MARK_STOP();				\
		}						\
	} while (0)

UKL_SHARED static unsigned char plain[LARGEST] = { 1 }, packed[2 * LARGEST] = { 1 }, unpacked[LARGEST] = { 1 };
UKL_SHARED static z_stream out = { .avail_in = 0 }, in = { .avail_in = 0 };

static void fail(const char *what)
{
	fprintf(stderr, "%s does not work\n", what);
	exit(1);
}

/* Words of a small vocabulary, the same on every run. */
static void write_text(void)
{
	static const char *const words[] = { "gate ", "key ", "compartment ", "library ", "of ", "the ", "a ", "stack\n" };
	unsigned int state = 1;

	for (size_t at = 0; at < LARGEST; at++) {
		const char *word;

		state = state * 1103515245 + 12345;
		for (word = words[state >> 16 & 7]; *word && at < LARGEST; word++)
			plain[at++] = (unsigned char)*word;
		at--;
	}
}

static void start(unsigned int size)
{
	if (deflateReset(&out) != Z_OK || inflateReset(&in) != Z_OK)
		fail("reset");
	out.next_in = plain;
	out.avail_in = size;
	out.next_out = packed;
	out.avail_out = sizeof(packed);
}

static void turn(unsigned int size)
{
	in.next_in = packed;
	in.avail_in = (uInt)(sizeof(packed) - out.avail_out);
	in.next_out = unpacked;
	in.avail_out = size;
}

int main(void)
{
	static const unsigned int sizes[] = { 64, 1024, LARGEST };
	static volatile unsigned long sum;

	write_text();
	if (deflateInit(&out, 6) != Z_OK || inflateInit(&in) != Z_OK)
		fail("zlib");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		unsigned int size = sizes[i];

		MEASURE("crc32", size, , sum = crc32(sum, plain, size));
		MEASURE("deflate", size, start(size), deflate(&out, Z_SYNC_FLUSH));
		MEASURE("inflate", size, (start(size), deflate(&out, Z_SYNC_FLUSH), turn(size)),
			inflate(&in, Z_SYNC_FLUSH));
		if (memcmp(plain, unpacked, size))
			fail("inflate");
	}
	return fflush(stdout) != 0;
}
