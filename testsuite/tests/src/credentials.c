/* What a process does with its credentials.
 *
 *	credentials rights	a child has other rights, and asks for a right that it has
 *	credentials access	access(), which asks with other rights than the process has
 *	credentials mark	of a process with compartments, which makes a system call, a child's program makes one that it may not
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As in the kernel's asm/ukl_compartment.h. */
#define ARCH_UKL_COMPARTMENTS 0x554b0001

/* A child's credentials come by fork, its next ones by a call. */
static int rights(char *program)
{
	(void)program;
	if (setresgid(7, 7, 7))
		return 1;
	printf("chroot: %d\n", chroot("/"));
	printf("user %u group %u\n", getuid(), getgid());
	return 0;
}

/* As the real user, who may: the file is another's. */
static int other_access(char *program)
{
	(void)program;
	if (mkdir("/tmp/closed", 0) || chown("/tmp/closed", 8, 8) || setresuid(0, 5, 0))
		return 1;
	printf("access: %d\n", access("/tmp/closed", R_OK));
	return 0;
}

static int marked(char *program)
{
	execl(program, program, "marked", NULL);
	return 1;
}

static int in_child(int (*function)(char *program), char *program)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		exit(function(program));
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	const char *mode = argc == 2 ? argv[1] : "";

	if (strcmp(mode, "rights") == 0)
		return in_child(rights, NULL);
	if (strcmp(mode, "access") == 0)
		return in_child(other_access, NULL);
	if (strcmp(mode, "mark") == 0) {
		__asm__ volatile("wrpkru" : : "a"(0), "c"(0), "d"(0) : "memory");
		if (syscall(SYS_arch_prctl, ARCH_UKL_COMPARTMENTS, 13UL << 16 | 0x2001)) {
			perror("compartments");
			return 1;
		}
		umask(022);
		return in_child(marked, argv[0]);
	}
	if (strcmp(mode, "marked") == 0) {
		printf("perf: %s\n", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) ? strerrorname_np(errno) : "ok");
		return 0;
	}
	return 2;
}
