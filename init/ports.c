#include "ports.h"

#include "sys.h"

/* The driver makes the ports one after the other while init runs already. */
#define PATIENCE_MS 30000

static int open_waiting(const char *path, int flags)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		int fd = open(path, flags);

		if (fd >= 0)
			return fd;
		nap();
	}
	return -1;
}

static bool poll_port(int fd, int events, int timeout, int *result)
{
	struct pollfd p = { .fd = fd, .events = events };
	int rc = poll(&p, 1, timeout);

	*result = p.revents;
	return rc > 0;
}

int port_open(int number, int patience)
{
	char path[] = "/dev/vport0p0";
	int fd, events;

	path[sizeof path - 2] += number;
	fd = open_waiting(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -1;
	/* A port tells "no one there yet" and "gone" alike; at the start it is the former. */
	for (int ms = 0; ms < patience; ms++) {
		if (!poll_port(fd, 0, 0, &events) || !(events & POLLHUP))
			return fd;
		nap();
	}
	return fd;
}

int terminal_open(void)
{
	return open_waiting("/dev/hvc0", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int port_write(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);
		int events;

		if (n > 0) {
			data += n;
			size -= n;
		} else if (errno == EAGAIN) {
			poll_port(fd, POLLOUT, 1000, &events);
			if (events & POLLHUP)
				return -1;
		} else if (errno == ENOMEM) {
			nap(); /* the driver copies into memory of its own */
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}
