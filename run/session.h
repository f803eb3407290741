/* One run of the machine: streams, time limit, signals, and the verdict at the end. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>

#include "options.h"

/*
 * Run the image and return the exit status for the shell. Prints what went wrong if the
 * machine failed. A terminating signal to the launcher ends the machine and then the
 * launcher, by the same signal.
 */
int session_run(const struct options *options, const char *qemu, bool kvm);

#endif
