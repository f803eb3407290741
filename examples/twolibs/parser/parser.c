#include "parser.h"

#include <string.h>

/* Copies a field with a final zero. Returns 0 if it does not fit. */
static int take(char *field, const char *from, size_t size)
{
	if (size >= PARSER_FIELD)
		return 0;
	memcpy(field, from, size);
	field[size] = '\0';
	return 1;
}

static int parse_line(const char *line, size_t size, struct record *record)
{
	const char *equals = memchr(line, '=', size);

	return equals && equals > line && take(record->name, line, (size_t)(equals - line)) &&
	       take(record->value, equals + 1, size - (size_t)(equals - line) - 1);
}

int parser_run(const char *input, size_t size, parser_visit *visit, void *argument)
{
	const char *end = input + size;
	struct record record;
	int bad = 0;

	while (input < end) {
		const char *newline = memchr(input, '\n', (size_t)(end - input));
		size_t length = (size_t)((newline ? newline : end) - input);

		if (parse_line(input, length, &record))
			visit(&record, argument);
		else
			bad++;
		input += length + 1;
	}
	return bad;
}
