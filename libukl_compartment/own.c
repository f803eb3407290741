/* Functions of libc that allocate on behalf of their caller and carry its data: their
 * memory is the caller's, not libc's.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "runtime.h"

#define WEAK __attribute__((weak))
#define CALLER __builtin_return_address(0)

static void *copy(const void *data, size_t size, size_t end, const void *caller)
{
	char *new = __ukl_alloc_for(caller, size + end);

	if (new) {
		memcpy(new, data, size);
		memset(new + size, 0, end);
	}
	return new;
}

WEAK char *strdup(const char *text)
{
	return copy(text, strlen(text), 1, CALLER);
}

WEAK char *strndup(const char *text, size_t limit)
{
	return copy(text, strnlen(text, limit), 1, CALLER);
}

WEAK wchar_t *wcsdup(const wchar_t *text)
{
	return copy(text, wcslen(text) * sizeof(*text), sizeof(*text), CALLER);
}

static int print(char **result, const char *format, va_list arguments, const void *caller)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return -1;
	*result = __ukl_alloc_for(caller, (size_t)length + 1);
	if (!*result)
		return -1;
	return vsnprintf(*result, (size_t)length + 1, format, arguments);
}

WEAK int vasprintf(char **result, const char *format, va_list arguments)
{
	return print(result, format, arguments, CALLER);
}

WEAK int asprintf(char **result, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = print(result, format, arguments, CALLER);
	va_end(arguments);
	return length;
}

WEAK int __vasprintf_chk(char **result, int flag, const char *format, va_list arguments)
{
	(void)flag;
	return print(result, format, arguments, CALLER);
}

WEAK int __asprintf_chk(char **result, int flag, const char *format, ...)
{
	va_list arguments;
	int length;

	(void)flag;
	va_start(arguments, format);
	length = print(result, format, arguments, CALLER);
	va_end(arguments);
	return length;
}

static ssize_t read_line(char **line, size_t *size, int delimiter, FILE *stream, const void *caller)
{
	size_t length = 0;
	int byte = EOF;

	if (!line || !size) {
		errno = EINVAL;
		return -1;
	}
	flockfile(stream);
	do {
		if (!*line || length + 2 > *size) {
			size_t more = *line && *size ? *size * 2 : 120;
			char *new = *line ? realloc(*line, more) : __ukl_alloc_for(caller, more);

			if (!new) {
				funlockfile(stream);
				return -1;
			}
			*line = new;
			*size = more;
		}
		byte = getc_unlocked(stream);
		if (byte == EOF)
			break;
		(*line)[length++] = (char)byte;
	} while (byte != delimiter);
	funlockfile(stream);
	(*line)[length] = 0;
	/* The end of the file, or an error, with nothing read. */
	return length > 0 ? (ssize_t)length : -1;
}

WEAK ssize_t getdelim(char **line, size_t *size, int delimiter, FILE *stream)
{
	return read_line(line, size, delimiter, stream, CALLER);
}

WEAK ssize_t __getdelim(char **line, size_t *size, int delimiter, FILE *stream)
{
	return read_line(line, size, delimiter, stream, CALLER);
}

WEAK ssize_t getline(char **line, size_t *size, FILE *stream)
{
	return read_line(line, size, '\n', stream, CALLER);
}
