#include "console.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "symbols.h"
#include "util.h"

#define LINES 100      /* kept */
#define TAIL 50        /* shown, an oops and a panic; but from shortly before a panic if there was one */
#define BEFORE_PANIC 5
#define LINE_SIZE 240  /* longer lines are cut */

static char lines[LINES][LINE_SIZE];
static unsigned int current; /* lines completed so far; the next one grows at current % LINES */
static size_t length;        /* of the growing line */
static char panic[LINE_SIZE];
static unsigned int panic_line;

static void inspect(const char *line, bool verbose)
{
	static const char prefix[] = "Kernel panic - not syncing: ";
	const char *found = strstr(line, prefix);

	if (found && !*panic) {
		strcpy(panic, found + strlen(prefix));
		panic_line = current;
	}
	if (strstr(line, "Out of memory: Killed process") && !verbose)
		warn("guest: %s", line);
}

static void end_line(bool verbose)
{
	char *line = lines[current % LINES];

	line[length] = '\0';
	inspect(line, verbose);
	length = 0;
	current++;
}

void console_feed(const char *data, size_t size, bool verbose)
{
	if (verbose)
		write_all(STDERR_FILENO, data, size);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = data[i];

		if (c == '\n')
			end_line(verbose);
		else if ((c >= ' ' || c == '\t') && length < LINE_SIZE - 1)
			lines[current % LINES][length++] = c;
	}
}

const char *console_panic(void)
{
	return *panic ? panic : NULL;
}

void console_print_tail(void)
{
	unsigned int first = current > TAIL ? current - TAIL : 0;

	if (length)
		end_line(true);
	if (*panic && panic_line < first + BEFORE_PANIC)
		first = panic_line > BEFORE_PANIC ? panic_line - BEFORE_PANIC : 0;
	if (first + LINES <= current)
		first = current - LINES + 1;
	for (; first < current; first++)
		symbols_print(stderr, lines[first % LINES]);
}
