/*
 * runner LIST: runs many tests in one machine. Each line of LIST is
 *
 *	ID<tab>SECONDS<tab>NAME[<tab>VARIABLE=VALUE]...[<tab>--[<tab>ARGUMENT]...]
 *
 * The program /t/ID is run as ./NAME in an empty folder with copies of the files of /t/files; if NAME begins with "/", that
 * program, in the folder that the variable PWD names. It reads the file that the variable STDIN names, or nothing, and is
 * killed after SECONDS with all that it started. On standard output:
 *
 *	START ID
 *	END ID STATUS MILLISECONDS BYTES KERNEL	STATUS as the shell's $?, or "timeout"
 *	...					BYTES of its output
 *	KERNEL lines of the kernel's log	that complain
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/t/w" /* where /t is, so that a program is moved and not copied */
#define OUTPUT "/t/output"
#define MOST_OUTPUT (256 * 1024)
#define MOST_WORDS 256

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void copy(const char *from, const char *to)
{
	char buffer[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n;

	if (in < 0 || out < 0)
		die(from);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, n) != n)
			die(to);
	close(in);
	close(out);
}

/* An empty folder but for the program and the files that each test gets. */
static void prepare(const char *id, const char *name)
{
	char from[512], to[512];
	struct dirent *entry;
	DIR *files;

	chdir("/");
	nftw(FOLDER, remove_one, 32, FTW_DEPTH | FTW_PHYS);
	if (mkdir(FOLDER, 0777) || chdir(FOLDER))
		die(FOLDER);
	if (*name == '/')
		return;
	snprintf(from, sizeof(from), "/t/%s", id);
	snprintf(to, sizeof(to), "./%s", name);
	if (rename(from, to))
		die(from);
	files = opendir("/t/files");
	while (files && (entry = readdir(files))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(from, sizeof(from), "/t/files/%s", entry->d_name);
		copy(from, entry->d_name);
	}
	if (files)
		closedir(files);
}

/* The process PID's parent, 0 if there is no such process. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[512], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	end = strrchr(text, ')');
	return end && strlen(end) > 4 ? atoi(end + 4) : 0;
}

/* Kills what the test has left behind: all that is a child of ours now. */
static void reap(void)
{
	struct dirent *entry;
	int left = 1;
	DIR *proc;

	for (int round = 0; left && round < 50; round++) {
		left = 0;
		proc = opendir("/proc");
		while (proc && (entry = readdir(proc)))
			if (atoi(entry->d_name) > 0 && parent_of(atoi(entry->d_name)) == getpid()) {
				kill(atoi(entry->d_name), SIGKILL);
				left++;
			}
		if (proc)
			closedir(proc);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (left)
			usleep(10000);
	}
}

static int complains(const char *line)
{
	static const char *const words[] = {
		"WARNING:", "BUG:", "Oops", "Kernel panic", "rcu_preempt detected", "rcu_sched detected", "soft lockup",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(line, words[i]))
			return 1;
	return 0;
}

/* Prints what the kernel complained about since the last call, if PRINT; returns the number of lines. */
static int kernel_log(int print)
{
	static int fd = -1;
	static char lines[64][512];
	static int count;
	char record[8192], *text;
	ssize_t n;

	if (print) {
		for (int i = 0; i < count; i++)
			printf("%s\n", lines[i]);
		return count = 0;
	}
	if (fd < 0)
		fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (n <= 0)
			continue;
		record[n] = 0;
		text = strchr(record, ';');
		if (!text || !complains(text) || count == 64)
			continue;
		text[strcspn(text, "\n")] = 0;
		snprintf(lines[count++], sizeof(lines[0]), "%s", text + 1);
	}
	return count;
}

static void show_output(int fd, off_t size)
{
	char buffer[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while (size > 0 && (n = read(fd, buffer, size < 4096 ? size : 4096)) > 0) {
		fwrite(buffer, 1, n, stdout);
		size -= n;
	}
}

/* In the child: becomes the test. */
static void start(char *path, char **words, int output)
{
	const char *folder = NULL, *input = "/dev/null";
	char *arguments[MOST_WORDS + 2] = { path };
	int in;

	for (; *words && strcmp(*words, "--"); words++) {
		if (!strncmp(*words, "STDIN=", 6))
			input = *words + 6;
		else
			putenv(*words);
		if (!strncmp(*words, "PWD=", 4))
			folder = *words + 4;
	}
	for (int i = 1; *words && *++words; i++)
		arguments[i] = *words;
	setsid();
	in = open(input, O_RDONLY);
	if (in < 0 || (*path == '/' && folder && chdir(folder))) {
		dprintf(output, "runner: %s or %s: %s\n", input, folder, strerror(errno));
		_exit(126);
	}
	dup2(in, 0);
	dup2(output, 1);
	dup2(output, 2);
	closefrom(3);
	execv(path, arguments);
	perror(path);
	_exit(126);
}

static void run(char *id, int seconds, char *name, char **words)
{
	int status = 0, timeout = 0, output, left, process;
	struct timespec begin, end;
	char path[4096];
	struct stat st;
	pid_t child;

	prepare(id, name);
	printf("START %s\n", id);
	fflush(stdout);
	output = open(OUTPUT, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (output < 0)
		die(OUTPUT);
	unlink(OUTPUT);
	snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : "./", name);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		start(path, words, output);
	process = syscall(SYS_pidfd_open, child, 0);
	left = poll(&(struct pollfd){ .fd = process, .events = POLLIN }, 1, seconds * 1000);
	close(process);
	if (left == 0) {
		timeout = 1;
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
	}
	waitpid(child, &status, 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	kill(-child, SIGKILL);
	reap();
	if (fstat(output, &st))
		die(OUTPUT);
	if (st.st_size > MOST_OUTPUT)
		st.st_size = MOST_OUTPUT;
	if (timeout)
		snprintf(path, sizeof(path), "timeout");
	else
		snprintf(path, sizeof(path), "%d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	printf("END %s %s %ld %ld %d\n", id, path,
	       (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000, (long)st.st_size, kernel_log(0));
	show_output(output, st.st_size);
	printf("\n");
	kernel_log(1);
	fflush(stdout);
	close(output);
}

int main(int argc, char **argv)
{
	static char line[65536];
	FILE *list = argc == 2 ? fopen(argv[1], "re") : NULL;

	if (!list)
		die("runner LIST");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("prctl");
	kernel_log(0);
	kernel_log(1);
	while (fgets(line, sizeof(line), list)) {
		char *word[MOST_WORDS + 1] = { NULL }, *rest = line;
		int n = 0;

		line[strcspn(line, "\n")] = 0;
		while (n < MOST_WORDS && (word[n] = strsep(&rest, "\t")))
			n++;
		if (n >= 3)
			run(word[0], atoi(word[1]), word[2], word + 3);
	}
	printf("DONE\n");
	return 0;
}
