#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "console.h"
#include "machine.h"
#include "qemu.h"
#include "status.h"
#include "stream.h"
#include "symbols.h"
#include "terminal.h"

#define ESCAPE_KEY 0x1d /* Ctrl-] */

/* How long a machine that has said its last word may take to end. */
#define LAST_SECONDS 5

enum { IN, OUT, ERR, STATUS, CONSOLE, WIRES };

struct session {
	const struct options *options;
	bool tty;
	struct stream in, out, err;
	int wire[WIRES];         /* our ends of the socket pairs, -1: none or closed */
	struct status status;
	pid_t qemu;
	int qemu_output, qemu_status;
	bool running, acknowledged;
	double deadline;         /* 0: none */
	double last_call;        /* when to end a machine that should have ended, 0: not yet */
	sigset_t mask;           /* the signal mask the launcher was started with */
};

static volatile sig_atomic_t caught; /* the signal that ends us */

static void on_signal(int signal)
{
	if (signal != SIGCHLD) /* which only has to interrupt ppoll() */
		caught = signal;
}

static void catch_signals(sigset_t *old)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct sigaction before;

		sigaction(signals[i], NULL, &before);
		if (before.sa_handler == SIG_IGN && signals[i] != SIGCHLD)
			continue; /* nohup, or a background job of a shell */
		sigaction(signals[i], &action, NULL);
		sigaddset(&set, signals[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, old); /* they arrive in ppoll() only */
	sigdelset(old, SIGCHLD);
}

static void close_wire(struct session *s, int wire)
{
	if (s->wire[wire] >= 0)
		close(s->wire[wire]);
	s->wire[wire] = -1;
}

/* A socket pair: our end stays here, QEMU's is returned. */
static int make_wire(struct session *s, int wire)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || fcntl(ends[0], F_SETFD, FD_CLOEXEC))
		die(EXIT_MACHINE, "socketpair: %s", strerror(errno));
	s->wire[wire] = ends[0];
	return ends[1];
}

static void start(struct session *s, const char *qemu, bool kvm)
{
	struct wires wires = { -1, -1, -1, -1, -1 };
	struct machine machine = { .kvm = kvm, .tty = s->tty, .qemu = qemu, .wires = &wires };
	struct strings command;
	char *config;
	int config_fd = config_write(s->options, s->tty, false, &config);

	machine.config = config;
	wires.in = make_wire(s, IN);
	if (!s->tty)
		wires.out = make_wire(s, OUT);
	if (!s->tty || !isatty(STDERR_FILENO))
		wires.err = make_wire(s, ERR);
	wires.status = make_wire(s, STATUS);
	wires.console = make_wire(s, CONSOLE);
	command = machine_command(s->options, &machine);
	s->qemu = qemu_start(&command, &s->mask, &s->qemu_output);
	s->running = true;
	close(config_fd);
	close(wires.in);
	close(wires.status);
	close(wires.console);
	if (wires.out >= 0)
		close(wires.out);
	if (wires.err >= 0)
		close(wires.err);
	stream_init(&s->in, -1, s->wire[IN]);
	stream_init(&s->out, s->tty ? s->wire[IN] : s->wire[OUT], STDOUT_FILENO);
	stream_init(&s->err, s->wire[ERR], STDERR_FILENO);
}

/* Ends it now, and leaves no zombie to whoever adopts it. */
static void end_machine(struct session *s)
{
	if (!s->running)
		return;
	kill(s->qemu, SIGKILL);
	while (waitpid(s->qemu, &s->qemu_status, 0) < 0 && errno == EINTR)
		;
	s->running = false;
}

/* Bytes for the user. If he has closed his side, close the guest's: its program gets SIGPIPE. */
static void flush(struct session *s, struct stream *stream, int wire, const char *name)
{
	if (!stream_flush(stream))
		return;
	if (errno != EPIPE)
		warn("%s: %s", name, strerror(errno));
	stream->from = -1;
	stream->received = UINT64_MAX;
	close_wire(s, wire);
}

static void read_input(struct session *s)
{
	if (stream_fill(&s->in) > 0 && s->tty &&
	    memchr(s->in.data, ESCAPE_KEY, s->in.end))
		caught = SIGINT;
}

static void tell_time(struct session *s)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (dprintf(s->wire[STATUS], "%lld%09ld\n", (long long)t.tv_sec, t.tv_nsec) < 0)
		warn("the guest's clock: %s", strerror(errno));
	s->status.asked = false;
}

static void read_status(struct session *s)
{
	char data[512];
	bool started = s->status.started;
	ssize_t n = read(s->wire[STATUS], data, sizeof data);

	if (n <= 0) {
		if (!n || errno != EINTR)
			close_wire(s, STATUS);
		return;
	}
	status_feed(&s->status, data, n);
	if (s->status.asked)
		tell_time(s);
	if (s->status.started && !started)
		s->in.from = STDIN_FILENO;
}

static void read_console(struct session *s)
{
	char data[4096];
	ssize_t n = read(s->wire[CONSOLE], data, sizeof data);

	if (n > 0)
		console_feed(data, n, s->options->verbose);
	else if (!n || errno != EINTR)
		close_wire(s, CONSOLE);
	if (console_panic() && !s->last_call)
		s->last_call = now() + LAST_SECONDS;
}

/* Once the program has ended and all it wrote is here, let the guest go. */
static void acknowledge(struct session *s)
{
	if (!s->status.ended || s->acknowledged)
		return;
	if ((s->tty ? UINT64_MAX : s->out.received) < s->status.out ||
	    (s->wire[ERR] < 0 ? UINT64_MAX : s->err.received) < s->status.err)
		return;
	s->acknowledged = true;
	s->in.from = -1;
	s->last_call = now() + LAST_SECONDS;
	close_wire(s, STATUS);
}

static void reap(struct session *s)
{
	if (s->running && waitpid(s->qemu, &s->qemu_status, WNOHANG) == s->qemu)
		s->running = false;
}

struct poller {
	struct pollfd item[2 * WIRES];
	int count;
};

static struct pollfd *watch(struct poller *p, bool wanted, int fd, int events)
{
	static struct pollfd nothing;

	if (!wanted || fd < 0)
		return &nothing;
	p->item[p->count] = (struct pollfd){ .fd = fd, .events = events };
	return &p->item[p->count++];
}

/* Time until the next limit, at most a second. */
static struct timespec patience(const struct session *s)
{
	double until = now() + 1, left;

	if (s->deadline && s->deadline < until)
		until = s->deadline;
	if (s->last_call && s->last_call < until)
		until = s->last_call;
	left = until - now();
	if (left < 0)
		left = 0;
	return (struct timespec){ .tv_sec = left, .tv_nsec = (left - (long)left) * 1e9 };
}

static void step(struct session *s)
{
	struct poller p = { .count = 0 };
	struct timespec limit = patience(s);
	struct pollfd *in_read = watch(&p, stream_wants_input(&s->in), s->in.from, POLLIN);
	struct pollfd *in_write = watch(&p, stream_wants_output(&s->in), s->in.to, POLLOUT);
	struct pollfd *out_read = watch(&p, stream_wants_input(&s->out), s->out.from, POLLIN);
	struct pollfd *out_write = watch(&p, stream_wants_output(&s->out), s->out.to, POLLOUT);
	struct pollfd *err_read = watch(&p, stream_wants_input(&s->err), s->err.from, POLLIN);
	struct pollfd *err_write = watch(&p, stream_wants_output(&s->err), s->err.to, POLLOUT);
	struct pollfd *status = watch(&p, true, s->wire[STATUS], POLLIN);
	struct pollfd *console = watch(&p, true, s->wire[CONSOLE], POLLIN);

	if (ppoll(p.item, p.count, &limit, &s->mask) <= 0)
		return;
	if (out_read->revents)
		stream_fill(&s->out);
	if (err_read->revents)
		stream_fill(&s->err);
	if (out_write->revents)
		flush(s, &s->out, OUT, "standard output");
	if (err_write->revents)
		flush(s, &s->err, ERR, "standard error");
	if (console->revents)
		read_console(s);
	if (status->revents)
		read_status(s);
	if (in_write->revents && stream_flush(&s->in))
		s->in.from = -1;
	if (in_read->revents)
		read_input(s);
	/* Half a shutdown: QEMU reads the rest first. A full one it takes for the end at once. */
	if (s->status.started && s->in.from < 0 && s->in.to >= 0 && !stream_wants_output(&s->in)) {
		if (!s->tty)
			shutdown(s->in.to, SHUT_WR);
		s->in.to = -1;
	}
}

static bool streams_open(const struct session *s)
{
	return s->out.from >= 0 || s->err.from >= 0 || stream_wants_output(&s->out) ||
	       stream_wants_output(&s->err) || s->wire[CONSOLE] >= 0;
}

static void give_in_to_signal(struct session *s)
{
	end_machine(s);
	terminal_restore();
	signal(caught, SIG_DFL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	raise(caught);
}

static int post_mortem(struct session *s)
{
	const char *panic = console_panic();

	if (panic) {
		warn("%s: kernel panic: %s", s->options->image, panic);
	} else if (WIFSIGNALED(s->qemu_status)) {
		warn("%s: QEMU was killed by signal %d (%s)", s->options->image,
		     WTERMSIG(s->qemu_status), strsignal(WTERMSIG(s->qemu_status)));
	} else if (WEXITSTATUS(s->qemu_status)) {
		if (!qemu_print_output(s->qemu_output, true))
			warn("%s: QEMU failed with status %d", s->options->image,
			     WEXITSTATUS(s->qemu_status));
	} else {
		warn("%s: the machine stopped %s", s->options->image,
		     s->status.started ? "without telling the program's exit status"
				       : "before the program started; try more --mem, or --verbose");
	}
	if (!s->options->verbose) {
		symbols_read(s->options->image);
		console_print_tail();
	}
	return EXIT_MACHINE;
}

int session_run(const struct options *o, const char *qemu, bool kvm)
{
	static struct session s; /* its buffers are too big for the stack's taste */
	bool timeout = false;

	s.options = o;
	s.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	for (int i = 0; i < WIRES; i++)
		s.wire[i] = -1;
	catch_signals(&s.mask);
	start(&s, qemu, kvm);
	if (o->timeout)
		s.deadline = now() + o->timeout;
	if (o->gdb)
		warn("waiting for a debugger: gdb %s -ex 'target remote :1234' -ex 'hbreak main' -ex continue", o->image);
	if (s.tty)
		terminal_raw();
	while (s.running || streams_open(&s)) {
		step(&s);
		reap(&s);
		acknowledge(&s);
		if (caught)
			give_in_to_signal(&s);
		if (s.deadline && now() >= s.deadline) {
			timeout = true;
			break;
		}
		if (s.last_call && now() >= s.last_call)
			end_machine(&s);
	}
	end_machine(&s);
	terminal_restore();
	if (o->verbose)
		qemu_print_output(s.qemu_output, false);
	if (timeout) {
		warn("%s: not finished after %g seconds (--timeout)", o->image, o->timeout);
		return EXIT_TIMEOUT;
	}
	return s.status.ended ? s.status.code : post_mortem(&s);
}
