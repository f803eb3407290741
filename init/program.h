/* The program: its start and its streams until its end. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "config.h"

struct outcome {
	int status;                   /* as from wait4 */
	unsigned long out, err;       /* bytes sent to the launcher's stdout and stderr */
};

/* Run the program to its end. Returns 0, or -1 after a report if the machine is unfit. */
int program_run(const struct config *config, int status_port, struct outcome *outcome);

#endif
