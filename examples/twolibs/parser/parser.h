/* Splits untrusted input into records "name=value", one per line. */
#ifndef PARSER_H
#define PARSER_H

#include <stddef.h>

enum { PARSER_FIELD = 64 };

struct record {
	char name[PARSER_FIELD];
	char value[PARSER_FIELD];
};

/* Called for each good record, with the argument that parser_run() got. */
typedef void parser_visit(const struct record *record, void *argument);

/* Parses SIZE bytes at INPUT. Returns the number of bad lines: without '=', or with a field
 * of PARSER_FIELD bytes or more. */
int parser_run(const char *input, size_t size, parser_visit *visit, void *argument);

#endif
