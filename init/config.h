/* What the launcher (or the kernel's command line) asks for. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>

enum stdio { STDIO_CONSOLE, STDIO_PORT, STDIO_TTY };

struct config {
	char **argv;           /* the program's, NULL-terminated, never empty */
	char **envp;           /* the program's, NULL-terminated */
	const char *cwd;
	char *exec;            /* the file to start instead of the image's program, or NULL */
	const char *net;       /* ADDRESS/BITS[,GATEWAY[,DNS]], "up" or NULL */
	const char *net6;      /* ADDRESS/BITS[,GATEWAY] of IPv6, or NULL */
	const char *core;      /* folder for core dumps, or NULL: none are made */
	const char *winsize;   /* ROWSxCOLUMNS or NULL */
	char **shares;         /* TAG:PATH, NULL-terminated */
	char **disks;          /* DEVICE:PATH, NULL-terminated */
	enum stdio stdio;
	bool stderr_port;      /* with a terminal: standard error goes elsewhere */
	bool status_port;      /* a launcher wants to know how the program ends */
	bool clock_port;       /* it knows the time */
};

/*
 * Read /ukl/config: NUL-terminated records KEY=VALUE. Without that file the arguments are
 * ARGV's after the first, the environment is ENVP, and stdio is the kernel's console.
 * Unknown keys are reported and skipped.
 */
void config_read(struct config *config, int argc, char **argv, char **envp);

#endif
