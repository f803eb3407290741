/* Lines on standard error from places where libc cannot be used: before start-up
 * code, in a signal handler, with a stack of a few hundred bytes.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "runtime.h"

void __ukl_put(struct ukl_line *line, const char *text)
{
	while (*text && line->length < sizeof(line->text) - 1)
		line->text[line->length++] = *text++;
}

static void put_number(struct ukl_line *line, uint64_t value, unsigned base)
{
	char digits[24], *at = digits + sizeof(digits) - 1;

	*at = 0;
	do
		*--at = "0123456789abcdef"[value % base];
	while ((value /= base) != 0);
	__ukl_put(line, at);
}

void __ukl_put_hex(struct ukl_line *line, uint64_t value)
{
	__ukl_put(line, "0x");
	put_number(line, value, 16);
}

void __ukl_put_decimal(struct ukl_line *line, uint64_t value)
{
	put_number(line, value, 10);
}

/* In one write, so that lines of several threads do not mix. */
void __ukl_line_end(struct ukl_line *line)
{
	line->text[line->length++] = '\n';
	ukl_sys_write(2, line->text, line->length);
	line->length = 0;
}

void __ukl_fatal(const char *what)
{
	struct ukl_line line;

	line.length = 0;
	__ukl_put(&line, "compartments: ");
	__ukl_put(&line, what);
	__ukl_line_end(&line);
	__builtin_trap();
}
