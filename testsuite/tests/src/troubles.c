/* What a program sees when the world is not as it should be: each case prints one line.
 *
 * troubles fill PATH           writes to PATH until that fails
 * troubles remount DIR         prints "ready", waits for a line, then uses DIR/file, which is gone
 * troubles connect ADDRESS PORT
 * troubles map MEBIBYTES       asks for memory without using it
 * troubles touch               uses memory without end, in a child
 * troubles strict              does so where the kernel promises no more than there is, and goes on
 * troubles load NAME           dlopen()
 * troubles resolve NAME        getaddrinfo()
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void result(const char *what, long rc)
{
	printf("%s: %s\n", what, rc < 0 ? strerrorname_np(errno) : "ok");
}

static void fill(const char *path)
{
	static char block[65536];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	long written = 0, rc = fd;

	while (fd >= 0 && (rc = write(fd, block, sizeof(block))) > 0)
		written += rc;
	result("write", rc);
	printf("written: %s\n", written > (1 << 20) ? "more than 1 MiB" : "too little");
	result("fsync", fsync(fd));
	result("unlink", unlink(path));
}

static void remount(const char *folder)
{
	char path[200], line[10];
	int fd;

	snprintf(path, sizeof(path), "%s/file", folder);
	result("open before", open(path, O_RDONLY));
	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
	fd = open(path, O_RDONLY);
	result("open after", fd);
	result("create after", open(path, O_WRONLY | O_CREAT, 0644));
}

static void use_address(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &to.sin_addr);
	result("connect", connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static void touch(void)
{
	int status;
	pid_t child = fork();

	if (!child)
		for (;;) {
			char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (p == MAP_FAILED)
				_exit(1);
			memset(p, 1, 1 << 20);
		}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("child: killed by SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else
		printf("child: exit %d\n", WEXITSTATUS(status));
}

/* /proc/sys/vm/overcommit_memory 2: who asks for more than is left is told so. */
static void strict(void)
{
	int fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY), ends[2];
	char *last = NULL, *p, c = 0;
	long taken = 0;

	if (fd < 0 || write(fd, "2", 1) != 1)
		exit(3);
	close(fd);
	while ((p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED) {
		memset(p, 1, 1 << 20);
		last = p;
		taken++;
	}
	result("mmap", -1);
	result("fork", fork());
	printf("taken: %s\n", taken > 4 ? "more than 4 MiB" : "too little");
	/* What needs no new memory goes on. */
	result("pipe", pipe(ends));
	result("write", write(ends[1], "x", 1));
	result("read", read(ends[0], &c, 1));
	result("munmap", munmap(last, 1 << 20));
	p = mmap(NULL, 1 << 19, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	result("mmap", p == MAP_FAILED ? -1 : 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "";

	if (!strcmp(what, "fill"))
		fill(arg);
	else if (!strcmp(what, "remount"))
		remount(arg);
	else if (!strcmp(what, "connect"))
		use_address(arg, argv[3]);
	else if (!strcmp(what, "map"))
		result("mmap", mmap(NULL, (size_t)atol(arg) << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				    -1, 0) == MAP_FAILED ? -1 : 0);
	else if (!strcmp(what, "touch"))
		touch();
	else if (!strcmp(what, "strict"))
		strict();
	else if (!strcmp(what, "load"))
		printf("dlopen: %s\n", dlopen(arg, RTLD_NOW) ? "ok" : dlerror());
	else if (!strcmp(what, "resolve")) {
		struct addrinfo *list;

		printf("getaddrinfo: %s\n", gai_strerror(getaddrinfo(arg, NULL, NULL, &list)));
	} else
		return 2;
	return 0;
}
