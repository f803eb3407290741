/* What the guest's init is told, as a cpio archive that QEMU loads beside the image. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>

#include "options.h"

/*
 * Put the archive with /ukl/config into a file.
 *
 * tty: the program gets a terminal. by_hand: for --dry-run, a named file that stays, and nobody
 * listens to init; else an anonymous one that vanishes with its descriptor. *path is a name
 * that a child can open.
 * Returns the descriptor; ends the launcher on errors.
 */
int config_write(const struct options *options, bool tty, bool by_hand, char **path);

#endif
