/* File systems, and the names under which a program finds itself. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "config.h"

/* /proc, /sys, /dev and all below it, /tmp. */
void mount_system(void);

/* Shared folders and disks. Returns 0, or -1 after a report: the program must not start. */
int mount_requested(const struct config *config);

/*
 * A program may exec argv[0], or look for a file there: make ARGV0 (relative to CWD) and
 * /bin/NAME links to /ukl/program where nothing is in the way.
 */
void link_program(const char *cwd, const char *argv0);

/* Write everything back and let go of shares and disks. */
void unmount_all(const struct config *config);

#endif
