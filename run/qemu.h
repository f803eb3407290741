/* The QEMU process. */
#ifndef QEMU_H
#define QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#include "util.h"

/* Path of the QEMU binary; ends the launcher with EXIT_NO_QEMU if there is none. */
const char *qemu_find(void);

/*
 * Start COMMAND. It dies with the launcher, reads nothing and prints into the anonymous file
 * *output. Signals are as they were when the launcher started: call it before
 * blocking any, or pass the original mask in MASK.
 * Returns the process id; ends the launcher on errors.
 */
pid_t qemu_start(const struct strings *command, const void *mask, int *output);

/*
 * Print on stderr what QEMU itself printed, with NAMED each line after our own name.
 * Returns false if that was nothing.
 */
bool qemu_print_output(int output, bool named);

#endif
