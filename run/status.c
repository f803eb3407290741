#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void take_line(struct status *s)
{
	int n;

	if (!strcmp(s->line, "clock")) {
		s->asked = true;
	} else if (!strcmp(s->line, "start")) {
		s->started = true;
	} else if (sscanf(s->line, "exit %d %" SCNu64 " %" SCNu64, &n, &s->out, &s->err) == 3) {
		s->ended = true;
		s->code = n & 255;
	} else if (sscanf(s->line, "signal %d %" SCNu64 " %" SCNu64, &n, &s->out, &s->err) == 3) {
		s->ended = true;
		s->code = 128 + (n & 127);
	}
}

void status_feed(struct status *s, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n') {
			s->line[s->length] = '\0';
			take_line(s);
			s->length = 0;
		} else if (s->length < sizeof s->line - 1) {
			s->line[s->length++] = data[i];
		}
	}
}
