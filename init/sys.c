#include "sys.h"

static void put(int fd, const char *text)
{
	write(fd, text, strlen(text));
}

void report(const char *a, const char *b)
{
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY);

	if (fd < 0)
		return;
	put(fd, "init: ");
	put(fd, a);
	if (b) {
		put(fd, " ");
		put(fd, b);
	}
	put(fd, "\n");
	close(fd);
}

void report_errno(const char *what, const char *name)
{
	char text[512];
	int error = errno;

	strlcpy(text, name, 400);
	strlcat(text, ": error ", sizeof text);
	itoa_r(error, text + strlen(text));
	report(what, text);
}

void nap(void)
{
	struct __kernel_timespec t = { .tv_nsec = 1000000 };

	sys2(__NR_nanosleep, &t, NULL);
}
