#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define QEMU "qemu-system-x86_64"

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

const char *qemu_find(void)
{
	const char *chosen = getenv("UKL_QEMU"), *path = getenv("PATH");

	if (chosen && *chosen) {
		if (!is_program(chosen))
			die(EXIT_NO_QEMU, "UKL_QEMU=%s: not a program", chosen);
		return chosen;
	}
	while (path && *path) {
		size_t length = strcspn(path, ":");
		char *file = xprintf("%.*s/" QEMU, (int)length, path);

		if (length && is_program(file))
			return file;
		free(file);
		path += length + (path[length] == ':');
	}
	die(EXIT_NO_QEMU, QEMU " not found in PATH; on Debian: apt-get install qemu-system-x86");
}

pid_t qemu_start(const struct strings *command, const void *mask, int *output)
{
	int report[2], error;
	pid_t parent = getpid(), child;

	*output = memfd_create("qemu-output", MFD_CLOEXEC);
	if (*output < 0 || pipe2(report, O_CLOEXEC))
		die(EXIT_MACHINE, "cannot start QEMU: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die(EXIT_MACHINE, "cannot start QEMU: %s", strerror(errno));
	if (!child) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) /* it was too quick for the line above */
			_exit(EXIT_MACHINE);
		dup2(null, STDIN_FILENO);
		dup2(*output, STDOUT_FILENO);
		dup2(*output, STDERR_FILENO);
		signal(SIGPIPE, SIG_DFL);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execv(command->item[0], command->item);
		error = errno;
		if (write(report[1], &error, sizeof error) < 0)
			_exit(EXIT_NO_QEMU);
		_exit(EXIT_NO_QEMU);
	}
	close(report[1]);
	if (read(report[0], &error, sizeof error) == sizeof error)
		die(EXIT_NO_QEMU, "%s: %s", command->item[0], strerror(error));
	close(report[0]);
	return child;
}

bool qemu_print_output(int output, bool named)
{
	char *line = NULL;
	size_t size = 0;
	bool any = false;
	FILE *file;

	lseek(output, 0, SEEK_SET);
	file = fdopen(dup(output), "r");
	while (file && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (named)
			warn("%s", line);
		else
			fprintf(stderr, "%s\n", line);
		any = true;
	}
	if (file)
		fclose(file);
	free(line);
	return any;
}
