/* From ring 0 into ring 3 by exec and back; the shell through system() and popen(). */
// test: helpers=ring3 smp=2
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <string.h>
#include "check.h"
#include "start.h"

static int ring(void)
{
	unsigned short cs;

	__asm__("mov %%cs, %0" : "=r"(cs));
	return cs & 3;
}

static int popen_reads(void)
{
	char line[100] = "";
	FILE *shell = popen("echo from the shell | cat; exit 7", "r");
	int right = shell && fgets(line, sizeof(line), shell) && strcmp(line, "from the shell\n") == 0;

	return right && WEXITSTATUS(pclose(shell)) == 7;
}

static int popen_writes(void)
{
	FILE *shell = popen("cat > /tmp/ukl-ring3; test \"$(cat /tmp/ukl-ring3)\" = written", "w");
	int right = shell && fputs("written\n", shell) >= 0 && pclose(shell) == 0;

	unlink("/tmp/ukl-ring3");
	return right;
}

int main(int argc, char **argv)
{
	const char *ring3 = helper("ring3");
	char self[PATH_MAX] = "";
	int right = 1;

	if (argc == 2 && strcmp(argv[1], "back") == 0)
		return 40 + ring();
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	report(RUN(ring3, "ring") == 3, "an ordinary program runs in ring 3");
	report(RUN(ring3, "exec", ring3, "ring") == 3, "and what it executes");
	report(RUN(ring3, "exec", self, "back") == 40 + ring(), "from there back into the image's program");
	for (int i = 0; i < 20; i++)
		right &= RUN(ring3, "ring") == 3 && RUN(self, "back") == 40 + ring();
	report(right, "20 times in turn");
	report(RUN(ring3, "fault") == 1000 + SIGSEGV, "a fault in ring 3 is that process's");
	report(RUN("/bin/sh", "-c", "exit 9") == 9, "/bin/sh");
	report(WEXITSTATUS(system("exit 3")) == 3, "system()");
	report(WIFSIGNALED(system("kill -9 $$")), "system() sees a signal");
	report(popen_reads(), "popen() for reading, with a pipeline and a status");
	report(popen_writes(), "popen() for writing");
	for (int i = 0; i < 10; i++)
		right &= system("i=0; while test $i -lt 50; do i=$((i + 1)); done; ls / > /dev/null") == 0;
	report(right, "ten shells in a row");
	return report_summary();
}
