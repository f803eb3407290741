/* Starts other programs and waits for them. */
#ifndef START_H
#define START_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The path of a program of helpers/, in a static buffer. */
static inline const char *helper(const char *name)
{
	static char path[4096];
	const char *folder = getenv("HELPERS");

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : ".", name);
	return path;
}

static inline pid_t start(const char *const argv[])
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		execv(argv[0], (char *const *)argv);
		perror(argv[0]);
		_exit(127);
	}
	return child;
}

/* Returns the exit status, or 1000 plus the number of the signal that ended the child. */
static inline int end_of(pid_t child)
{
	int status = -1;

	if (child <= 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

#define RUN(...) end_of(start((const char *const[]){ __VA_ARGS__, NULL }))

#endif
