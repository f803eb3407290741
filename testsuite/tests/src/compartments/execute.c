/* What a process with compartments may execute, and map where the kernel's data would be with a null GS base.
 *
 *	execute NAME	says so in a second process's program
 *	execute map	a page at 128 KiB, which is below the end of per-CPU data
 *	execute self	its own program, by another name too
 *	execute off	its own program, with compartments off by the environment
 *	execute cmdline	the same by a file that it has mounted over /proc/cmdline
 *	execute copy	a copy of it, which it could have changed
 *	execute shell	a ring-3 program that executes the copy
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int other(int x);

static int copy(void)
{
	int from = open("/proc/self/exe", O_RDONLY), to = open("/tmp/copy", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	struct stat file;

	if (from < 0 || to < 0 || fstat(from, &file))
		return 1;
	while (lseek(from, 0, SEEK_CUR) < file.st_size)
		if (sendfile(to, from, NULL, 1 << 20) <= 0)
			return 1;
	return close(to);
}

static void run_with(const char *path, char *const arguments[], char *const environment[])
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		execve(path, arguments, environment);
		printf("%s: %s\n", path, strerrorname_np(errno));
		exit(1);
	}
	waitpid(child, &status, 0);
	if (status && WIFEXITED(status) && WEXITSTATUS(status) != 1)
		printf("status %d\n", WEXITSTATUS(status));
}

static void run(const char *path, char *const arguments[])
{
	run_with(path, arguments, environ);
}

/* What /proc/cmdline has to say then. */
static int change_cmdline(void)
{
	int file = open("/tmp/cmdline", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (file < 0 || write(file, "ukl_compartments=off\n", 21) != 21 || close(file))
		return 1;
	return mount("/tmp/cmdline", "/proc/cmdline", NULL, MS_BIND, NULL);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	char *said[] = { argv[0], "executed", NULL };
	char *off[] = { "ukl_compartments=off", NULL };
	char *shell[] = { "sh", "-c", "/tmp/copy executed; echo status $?", NULL };

	if (other(1) != 2)
		return 1;
	if (strcmp(mode, "map") == 0) {
		void *page = mmap((void *)0x20000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		puts(page == MAP_FAILED ? strerrorname_np(errno) : "mapped");
	} else if (strcmp(mode, "self") == 0) {
		run("/proc/self/exe", said);
		if (linkat(AT_FDCWD, "/proc/self/exe", AT_FDCWD, "/again", AT_SYMLINK_FOLLOW))
			perror("link");
		run("/again", said);
	} else if (strcmp(mode, "off") == 0) {
		run_with("/proc/self/exe", said, off);
	} else if (strcmp(mode, "cmdline") == 0) {
		if (change_cmdline())
			perror("mount");
		run("/proc/self/exe", said);
	} else if (strcmp(mode, "copy") == 0) {
		if (copy())
			perror("copy");
		run("/tmp/copy", said);
	} else if (strcmp(mode, "shell") == 0) {
		if (copy())
			perror("copy");
		run("/bin/sh", shell);
	} else {
		puts(mode);
	}
	return 0;
}
