#include "program.h"

#include <asm/termios.h>
#include <linux/resource.h>
#include <linux/signal.h>
#include <linux/wait.h>

#include "ports.h"
#include "pump.h"
#include "sys.h"

#define SIGNAL_SET_SIZE 8

static void set_limit(int resource, unsigned long soft, unsigned long hard)
{
	struct rlimit limit = { soft, hard };

	setrlimit(resource, &limit);
}

static void set_winsize(const char *text)
{
	struct winsize size = { 0 };

	size.ws_row = atoi(text);
	text = strchr(text, 'x');
	if (text)
		size.ws_col = atoi(text + 1);
	ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
}

static void say(const char *a, const char *b, const char *c)
{
	write(STDERR_FILENO, a, strlen(a));
	write(STDERR_FILENO, b, strlen(b));
	write(STDERR_FILENO, c, strlen(c));
	write(STDERR_FILENO, "\n", 1);
}

static void execute(const struct config *c)
{
	char text[32] = ": error ";

	if (c->exec)
		c->argv[0] = c->exec; /* busybox is one that looks at it */
	execve(c->exec ? c->exec : "/ukl/program", c->argv, c->envp);
	itoa_r(errno, text + strlen(text));
	if (errno == E2BIG)
		say("init: the arguments are too long: 128 KiB each, 2 MiB in all", "", "");
	else if (errno == ENOEXEC)
		say("init: cannot execute ", c->exec ? c->exec : "the program in this image",
		    ": it is linked with another kernel, or no program");
	else
		say("init: cannot execute ", c->exec ? c->exec : "the program in this image", text);
}

/* core.PROGRAM.PROCESS in FOLDER, see proc(5) on /proc/sys/kernel/core_pattern. */
static void set_core_pattern(const char *folder)
{
	char pattern[128]; /* CORENAME_MAX_SIZE */
	int fd = open("/proc/sys/kernel/core_pattern", O_WRONLY);

	strlcpy(pattern, folder, sizeof pattern);
	strlcat(pattern, "/core.%e.%p", sizeof pattern);
	if (fd < 0 || write(fd, pattern, strlen(pattern)) < 0)
		report_errno("cannot set the place of core dumps to", folder);
	if (fd >= 0)
		close(fd);
}

/* In the child: become the program. STREAMS are its descriptors 0 to 2. */
static void become_program(const struct config *c, const int *streams)
{
	unsigned long no_signals = 0;

	setsid();
	for (int i = 0; i < 3; i++)
		dup2(streams[i], i); /* the copies stay open across exec */
	if (c->stdio != STDIO_PORT)
		ioctl(STDIN_FILENO, TIOCSCTTY, NULL);
	if (c->winsize)
		set_winsize(c->winsize);
	set_limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
	set_limit(RLIMIT_NOFILE, 1024, 1048576);
	if (c->core)
		set_limit(RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY);
	umask(022);
	sys4(__NR_rt_sigprocmask, SIG_SETMASK, &no_signals, NULL, SIGNAL_SET_SIZE);
	if (chdir(c->cwd)) {
		say("init: no such folder in the guest: ", c->cwd, "");
		exit(126);
	}
	execute(c);
	exit(126);
}

static int make_pipe(int *near, int *far, bool to_program)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	*near = ends[to_program];
	*far = ends[!to_program];
	return sys3(__NR_fcntl, *near, F_SETFL, O_NONBLOCK) < 0 ? -1 : 0;
}

static int open_console(int *streams)
{
	streams[0] = streams[1] = streams[2] = open("/dev/console", O_RDWR | O_CLOEXEC);
	return streams[0] < 0 ? -1 : 0;
}

/* A stream between a port and a pipe whose far end becomes *STREAM of the program. */
static int connect(struct pump *pump, int port, bool to_program, int *stream)
{
	int near;

	if (port < 0 || make_pipe(&near, stream, to_program))
		return -1;
	if (to_program)
		pump_init(pump, port, near, true);
	else
		pump_init(pump, near, port, false);
	return 0;
}

static int patience(const struct config *c)
{
	return c->status_port ? WITH_LAUNCHER : BY_HAND;
}

static int open_terminal(const struct config *c, struct pump *pumps, int *streams)
{
	streams[0] = streams[1] = streams[2] = terminal_open();
	if (streams[0] < 0)
		return -1;
	if (!c->stderr_port)
		return 0;
	return connect(&pumps[PUMP_ERR], port_open(PORT_ERR, patience(c)), false, &streams[2]);
}

static int open_ports(const struct config *c, struct pump *pumps, int *streams)
{
	return connect(&pumps[PUMP_IN], port_open(PORT_IN, patience(c)), true, &streams[0]) ||
	       connect(&pumps[PUMP_OUT], port_open(PORT_OUT, patience(c)), false, &streams[1]) ||
	       connect(&pumps[PUMP_ERR], port_open(PORT_ERR, patience(c)), false, &streams[2]) ? -1 : 0;
}

static int open_streams(const struct config *c, struct pump *pumps, int *streams)
{
	switch (c->stdio) {
	case STDIO_PORT:
		return open_ports(c, pumps, streams);
	case STDIO_TTY:
		return open_terminal(c, pumps, streams);
	default:
		return open_console(streams);
	}
}

/* Reap everything that has ended. Returns whether CHILD is among it. */
static bool reap(pid_t child, int *status)
{
	bool ended = false;
	int any;
	pid_t pid;

	while ((pid = waitpid(-1, &any, WNOHANG)) > 0)
		if (pid == child) {
			*status = any;
			ended = true;
		}
	return ended;
}

int program_run(const struct config *c, int status_port, struct outcome *outcome)
{
	static struct pump pumps[PUMPS]; /* too big for the stack */
	unsigned long child_signal = 1ul << (SIGCHLD - 1);
	int streams[3], signals;
	pid_t child;

	for (int i = 0; i < PUMPS; i++)
		pump_init(&pumps[i], -1, -1, false);
	sys4(__NR_rt_sigprocmask, SIG_BLOCK, &child_signal, NULL, SIGNAL_SET_SIZE);
	signals = sys4(__NR_signalfd4, -1, &child_signal, SIGNAL_SET_SIZE, O_CLOEXEC | O_NONBLOCK);
	if (signals < 0 || open_streams(c, pumps, streams)) {
		report("no standard streams: virtio-serial ports or terminal are missing", NULL);
		return -1;
	}
	if (c->core)
		set_core_pattern(c->core);
	if (status_port >= 0)
		port_write(status_port, "start\n", 6);
	child = fork();
	if (!child)
		become_program(c, streams);
	if (child < 0) {
		report("cannot fork", NULL);
		return -1;
	}
	for (int i = 0; i < 3; i++)
		close(streams[i]);
	do
		pump_wait(pumps, signals);
	while (!reap(child, &outcome->status));
	pump_drain(pumps);
	outcome->out = pumps[PUMP_OUT].sent;
	outcome->err = pumps[PUMP_ERR].sent;
	return 0;
}
