#include "pump.h"

#include <linux/signalfd.h>

#include "ports.h"
#include "sys.h"

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void pump_init(struct pump *p, int from, int to, bool to_program)
{
	p->from = from;
	p->to = to;
	p->to_program = to_program;
	p->start = p->end = p->sent = 0;
}

/* Both ends: the reader sees the end of file, the writer gets SIGPIPE. */
static void close_pump(struct pump *p)
{
	close_end(&p->from);
	close_end(&p->to);
	p->start = p->end = 0;
}

/* Read once. Returns false when there is nothing (more) to read. */
static bool fill(struct pump *p)
{
	ssize_t n = read(p->from, p->data, sizeof p->data);

	if (n > 0) {
		p->start = 0;
		p->end = n;
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	close_end(&p->from);
	/* A port stays: closing it could discard what the host has not taken yet. */
	if (p->to_program)
		close_end(&p->to);
	return false;
}

static void flush(struct pump *p)
{
	ssize_t n = write(p->to, p->data + p->start, p->end - p->start);

	if (n > 0) {
		p->start += n;
		p->sent += n;
	} else if (errno == ENOMEM) {
		nap();
	} else if (errno != EAGAIN && errno != EINTR) {
		close_pump(p);
	}
}

/* A closed far end is known by POLLHUP of a port and POLLERR of a pipe. */
static void step(struct pump *p, const struct pollfd *from, const struct pollfd *to)
{
	if (to->revents & (POLLHUP | POLLERR))
		close_pump(p);
	else if (p->start < p->end)
		flush(p);
	else if (from->revents && fill(p))
		flush(p);
}

void pump_wait(struct pump *pumps, int signals)
{
	struct signalfd_siginfo info;

	for (;;) {
		struct pollfd polls[2 * PUMPS + 1];

		for (int i = 0; i < PUMPS; i++) {
			struct pump *p = &pumps[i];
			bool waiting = p->start < p->end;

			/* poll skips negative descriptors; the far end is always watched for errors */
			polls[2 * i] = (struct pollfd){ .fd = waiting ? -1 : p->from,
							.events = POLLIN };
			polls[2 * i + 1] = (struct pollfd){ .fd = p->to,
							    .events = waiting ? POLLOUT : 0 };
		}
		polls[2 * PUMPS] = (struct pollfd){ .fd = signals, .events = POLLIN };
		if (poll(polls, 2 * PUMPS + 1, -1) < 0)
			continue;
		for (int i = 0; i < PUMPS; i++)
			step(&pumps[i], &polls[2 * i], &polls[2 * i + 1]);
		if (polls[2 * PUMPS].revents) {
			while (read(signals, &info, sizeof info) > 0)
				;
			return;
		}
	}
}

static void drain(struct pump *p)
{
	int left = 0;

	if (p->from >= 0)
		ioctl(p->from, FIONREAD, &left);
	left += p->end - p->start;
	while (left > 0 && (p->start < p->end || fill(p))) {
		size_t size = p->end - p->start;

		if (port_write(p->to, p->data + p->start, size))
			break;
		p->sent += size;
		left -= size;
		p->start = p->end = 0;
	}
}

void pump_drain(struct pump *pumps)
{
	drain(&pumps[PUMP_OUT]);
	drain(&pumps[PUMP_ERR]);
}
