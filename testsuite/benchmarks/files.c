/* Operations on descriptors, in one thread. */
#include "bench.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[4096];
static int zero, null, file, event, ends[2];
static const char name[] = "/tmp/ops-file";

static void open_zero(void)
{
	zero = open("/dev/zero", O_RDWR);
	require(zero >= 0);
}

static void open_null(void)
{
	null = open("/dev/null", O_RDWR);
	require(null >= 0);
}

static void open_file(void)
{
	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	require(file >= 0 && write(file, buffer, sizeof buffer) == sizeof buffer);
}

static void open_event(void)
{
	event = eventfd(0, 0);
	require(event >= 0);
}

static void open_pipe(void)
{
	require(!pipe(ends));
}

static void run_getppid(unsigned count)
{
	while (count--)
		getppid();
}

static void read_zero(unsigned count, size_t size)
{
	while (count--)
		require(read(zero, buffer, size) == (ssize_t)size);
}

static void read_zero_1(unsigned count)
{
	read_zero(count, 1);
}

static void read_zero_4k(unsigned count)
{
	read_zero(count, sizeof buffer);
}

static void write_null(unsigned count, size_t size)
{
	while (count--)
		require(write(null, buffer, size) == (ssize_t)size);
}

static void write_null_1(unsigned count)
{
	write_null(count, 1);
}

static void write_null_4k(unsigned count)
{
	write_null(count, sizeof buffer);
}

static void pread_file(unsigned count)
{
	while (count--)
		require(pread(file, buffer, sizeof buffer, 0) == sizeof buffer);
}

static void open_close(unsigned count)
{
	while (count--) {
		int fd = open(name, O_RDONLY);

		require(fd >= 0);
		close(fd);
	}
}

static void run_fstat(unsigned count)
{
	struct stat st;

	while (count--)
		require(!fstat(file, &st));
}

static void pipe_write_read(unsigned count)
{
	while (count--) {
		require(write(ends[1], buffer, 1) == 1);
		require(read(ends[0], buffer, 1) == 1);
	}
}

static void event_write_read(unsigned count)
{
	uint64_t value = 1;

	while (count--) {
		require(write(event, &value, sizeof value) == sizeof value);
		require(read(event, &value, sizeof value) == sizeof value);
	}
}

const struct operation file_operations[] = {
	{ "getppid", NULL, run_getppid, 2000 },
	{ "read-zero-1", open_zero, read_zero_1, 2000 },
	{ "read-zero-4k", open_zero, read_zero_4k, 1000 },
	{ "write-null-1", open_null, write_null_1, 2000 },
	{ "write-null-4k", open_null, write_null_4k, 2000 },
	{ "pread-cached-4k", open_file, pread_file, 1000 },
	{ "open-close", open_file, open_close, 500 },
	{ "fstat", open_file, run_fstat, 1000 },
	{ "pipe", open_pipe, pipe_write_read, 1000 },
	{ "eventfd", open_event, event_write_read, 1000 },
	{ 0 },
};
