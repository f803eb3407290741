/* Small helpers shared by all parts of the launcher. Not thread-safe: the launcher has one thread. */
#ifndef UTIL_H
#define UTIL_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes of the launcher itself; everything else is the program's. Listed in --help. */
enum {
	EXIT_USAGE = 2,
	EXIT_TIMEOUT = 124,
	EXIT_MACHINE = 125,
	EXIT_NOT_IMAGE = 126,
	EXIT_NO_QEMU = 127,
};

extern const char *program_name; /* our own name for messages, set by main() */

/* Print "NAME: MESSAGE" on stderr, as one line. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* As warn(), then exit with CODE. */
void die(int code, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* malloc, realloc and strdup that end the launcher instead of returning NULL. */
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);

/* sprintf into new memory, which the caller owns. */
char *xprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A growing list of strings, always NULL-terminated: an argv. Zero-initialise it. */
struct strings {
	char **item;
	size_t count;
};

/* Append TEXT, which the list takes over. */
void strings_add(struct strings *list, char *text);

/* Write all SIZE bytes. Returns 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t size);

/* Seconds of CLOCK_MONOTONIC. */
double now(void);

#endif
