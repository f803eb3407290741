/* The command line of the launcher. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "net.h"
#include "util.h"

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };

/* A host path and the place in the guest where it is mounted (guest NULL: not mounted). */
struct mapping {
	char *host;
	char *guest;
};

struct mappings {
	struct mapping *item;
	size_t count;
};

/* Where in the guest the folder of --core is. */
#define CORE_FOLDER "/ukl/core"

struct options {
	const char *mem;
	uint64_t mem_bytes;    /* the same in bytes */
	int smp;
	enum accel accel;
	const char *cpu;       /* NULL: the best that the accelerator has */
	struct net net;
	struct mappings share;
	struct mappings disk;
	struct strings env;
	const char *cwd;
	const char *append;
	const char *initrd;    /* archive of files for the root file system; NULL: none */
	const char *exec;      /* a file of the guest to start instead of the image's program, or NULL */
	bool core;             /* the last share takes core dumps */
	double timeout;        /* seconds, 0: none */
	bool icount, gdb, verbose, dry_run;
	const char *image;
	char **args;           /* the program's arguments after argv[0], NULL-terminated */
};

/*
 * Parse argv; on a bad command line print one line and exit with EXIT_USAGE; on --help and
 * --version print and exit with 0.
 */
void options_parse(struct options *options, int argc, char **argv);

/* Print the manual on stdout. */
void options_help(void);

#endif
