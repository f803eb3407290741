#include "clock.h"

#include "ports.h"
#include "sys.h"

#define SECOND 1000000000l
#define PATIENCE_MS 5000

static long now(void)
{
	struct __kernel_timespec t = { 0 };

	sys2(__NR_clock_gettime, CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* A line with a number, or 0. */
static long answer(int port)
{
	struct pollfd readable = { .fd = port, .events = POLLIN };
	char text[32];
	size_t length = 0;

	while (length < sizeof text - 1 && poll(&readable, 1, PATIENCE_MS) > 0) {
		ssize_t n = read(port, text + length, 1);

		if (n <= 0)
			return 0;
		if (text[length] == '\n') {
			text[length] = '\0';
			return atol(text);
		}
		length++;
	}
	return 0;
}

void clock_set(int port)
{
	struct __kernel_timespec t;
	long asked = now(), time;

	if (port < 0 || port_write(port, "clock\n", 6))
		return;
	time = answer(port);
	if (time <= 0)
		return;
	time += (now() - asked) / 2; /* what the answer took to come here */
	t.tv_sec = time / SECOND;
	t.tv_nsec = time % SECOND;
	sys2(__NR_clock_settime, CLOCK_REALTIME, &t);
}
