/* From options to a QEMU command line. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>

#include "options.h"

/*
 * QEMU's ends of the socket pairs that carry the guest's streams; -1 where there is none.
 * With a terminal `in` carries both directions of it and there is no `out`; `err` is there
 * only if standard error goes elsewhere.
 */
struct wires {
	int in, out, err, status, console;
};

struct machine {
	bool kvm;
	bool tty;
	const char *qemu;            /* path of the binary */
	const char *config;          /* path of the config archive */
	const struct wires *wires;   /* NULL: plain redirections, for a command to run by hand */
};

/* The whole command, the binary's name first. */
struct strings machine_command(const struct options *options, const struct machine *machine);

/* One line about what machine_command() picks and why. The caller owns it. */
char *machine_describe(const struct options *options, const struct machine *machine);

/* Print COMMAND so that a shell reads it back exactly. */
void machine_print(const struct strings *command);

#endif
