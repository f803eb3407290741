/* Compartments: whatever the kernel copies for a caller, it copies with the caller's rights. Each row
 * succeeds with all keys open. */
// test: cflags=-pthread
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/loop.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include "compartments.h"

static int ends[2], pair[2], stream[2], event, file, direct;

/* Is the number of bytes right? Then it has been done. */
static int done(long result, long expected)
{
	return result == -1 ? errno : result == expected ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

/* Out of a page */
static int write_pipe(void) { return done(write(ends[1], victim, 8), 8); }
static int write_pipe_much(void) { return done(write(ends[1], victim, 600), 600); }
static int write_pipe_page(void) { return done(write(ends[1], victim, PAGE), PAGE); }
static int write_file(void) { return done(pwrite(file, victim, 8, 0), 8); }
static int send_local(void) { return done(send(pair[0], victim, 8, 0), 8); }
static int send_stream(void) { return done(send(stream[0], victim, 8, 0), 8); }
static int write_event(void) { return done(write(event, victim, 8), 8); }
static int open_name(void) { int fd = open(victim, O_RDONLY); return fd == -1 && errno == ENOENT ? 0 : error_of(fd); }
static int epoll_argument(void) { return error_of(epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, event, (void *)victim)); }

static int gathered(void)
{
	struct iovec parts[] = { { own, 4 }, { victim, 4 } };
	long result = writev(ends[1], parts, 2);

	/* The first part alone may have been written. */
	return result == 4 ? EFAULT : done(result, 8);
}

static int mapped_into_pipe(void)
{
	struct iovec part = { victim, PAGE };

	return done(vmsplice(ends[1], &part, 1, 0), PAGE);
}

static int vector(void) { return error_of(writev(ends[1], (void *)victim, 1)); }

/* Into a page */
static int filled_pipe(void)
{
	/* What earlier rows left in it does not matter. */
	return write(ends[1], own, 1024) == 1024;
}

static int read_pipe(void) { return filled_pipe() ? done(read(ends[0], victim, 8), 8) : ATTACK_BROKEN; }
static int read_pipe_much(void) { return filled_pipe() ? done(read(ends[0], victim, 600), 600) : ATTACK_BROKEN; }
static int read_file(void) { return done(pread(file, victim, 8, 0), 8); }
static int read_zero(void) { return done(read(open("/dev/zero", O_RDONLY), victim, 8), 8); }
static int read_zeros(void) { return done(read(open("/dev/zero", O_RDONLY), victim, PAGE), PAGE); }
static int read_proc(void) { return done(read(open("/proc/self/stat", O_RDONLY), victim, 8), 8); }
static int read_direct(void) { return done(pread(direct, victim, PAGE, 0), PAGE); }
static int write_direct(void) { return done(pwrite(direct, victim, PAGE, 0), PAGE); }
static int receive_local(void) { return send(pair[0], own, 8, 0) == 8 ? done(recv(pair[1], victim, 8, 0), 8) : ATTACK_BROKEN; }
static int receive_stream(void) { return send(stream[0], own, 8, 0) == 8 ? done(recv(stream[1], victim, 8, 0), 8) : ATTACK_BROKEN; }
static int read_event(void) { return eventfd_write(event, 1) == 0 ? done(read(event, victim, 8), 8) : ATTACK_BROKEN; }
static int file_status(void) { return error_of(fstat(file, (void *)victim)); }
static int random_bytes(void) { return done(getrandom(victim, 8, 0), 8); }
static int many_random_bytes(void) { return done(getrandom(victim, PAGE, 0), PAGE); }
static int time_of_day(void) { return error_of(syscall(SYS_clock_gettime, CLOCK_REALTIME, victim)); }
static int usage(void) { return error_of(getrusage(RUSAGE_SELF, (void *)victim)); }
static int pending(void) { return error_of(syscall(SYS_rt_sigpending, victim, 8)); }
static int new_pipe(void) { return error_of(pipe((void *)victim)); }
static int option(void) { return error_of(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, victim, &(socklen_t){ 4 })); }

static int child_number(void)
{
	long pid = syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, NULL, victim, NULL, NULL);

	if (pid == 0)
		syscall(SYS_exit, 0);
	wrpkru(0);
	return *(int *)victim == pid ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int scattered(void)
{
	struct iovec parts[] = { { own, 4 }, { victim, 4 } };
	long result = filled_pipe() ? readv(ends[0], parts, 2) : 0;

	return result == 4 ? EFAULT : done(result, 8);
}

/* A word that is compared or changed for the caller */
static int futex_word(void)
{
	return done(syscall(SYS_futex, own, FUTEX_WAKE_OP, 1, 1, victim, FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 0)), 0);
}

static int futex_value(void)
{
	int error = error_of(syscall(SYS_futex, victim, FUTEX_WAIT, 1, NULL, NULL, 0));

	return error == EAGAIN ? ATTACK_SUCCEEDED : error;
}

/* Asynchronous, from a file and from a device */
static int asynchronous(int from)
{
	struct iocb block = { .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (unsigned)from, .aio_buf = (uintptr_t)victim,
			      .aio_nbytes = PAGE };
	struct iocb *blocks[] = { &block };
	struct io_event result;
	aio_context_t context = 0;
	long submitted;

	if (syscall(SYS_io_setup, 1, &context) != 0)
		return ATTACK_BROKEN;
	submitted = syscall(SYS_io_submit, context, 1, blocks);
	if (submitted != 1)
		return errno;
	if (syscall(SYS_io_getevents, context, 1, 1, &result, NULL) != 1)
		return ATTACK_BROKEN;
	return result.res < 0 ? (int)-result.res : done(result.res, PAGE);
}

static int asynchronous_file(void) { return asynchronous(file); }
static int asynchronous_device(void) { return asynchronous(direct); }

/* TCP over the loopback device */
static int connect_stream(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	stream[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&address, sizeof(address)) != 0 || listen(listener, 1) != 0 ||
	    getsockname(listener, (void *)&address, &length) != 0 ||
	    connect(stream[0], (void *)&address, sizeof(address)) != 0)
		return 0;
	stream[1] = accept(listener, NULL, NULL);
	return stream[1] != -1;
}

/* A block device, since only they and some file systems read past the page cache */
static int open_direct(void)
{
	int control = open("/dev/loop-control", O_RDWR);
	char path[32];

	snprintf(path, sizeof(path), "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
	direct = open(path, O_RDWR);
	if (direct == -1 || ioctl(direct, LOOP_SET_FD, file) != 0)
		return 0;
	direct = open(path, O_RDWR | O_DIRECT);
	return direct != -1;
}

int main(void)
{
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");
	file = open("/tmp/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	event = eventfd(0, EFD_NONBLOCK);
	if (pipe(ends) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || ftruncate(file, 16 * PAGE) != 0 ||
	    !connect_stream() || !open_direct())
		return perror("set-up"), 1;
	memset(victim, 0, 64);

	row("write to a pipe", OPEN, write_pipe, EFAULT);
	row("write of 600 bytes", OPEN, write_pipe_much, EFAULT);
	row("write of a page", OPEN, write_pipe_page, EFAULT);
	row("writev", OPEN, gathered, EFAULT);
	row("the vector of writev", OPEN, vector, EFAULT);
	row("vmsplice", OPEN, mapped_into_pipe, EFAULT);
	row("write to a file", OPEN, write_file, EFAULT);
	row("write to an eventfd", OPEN, write_event, EFAULT);
	row("send to a local socket", OPEN, send_local, EFAULT);
	row("send over TCP", OPEN, send_stream, EFAULT);
	row("the name for open", OPEN, open_name, EFAULT);
	row("the argument of epoll_ctl", OPEN, epoll_argument, EFAULT);
	row("read of a pipe", OPEN, read_pipe, EFAULT);
	row("read of 600 bytes", OPEN, read_pipe_much, EFAULT);
	row("readv", OPEN, scattered, EFAULT);
	row("read of a file", OPEN, read_file, EFAULT);
	row("read of /dev/zero", OPEN, read_zero, EFAULT);
	row("read of a page of /dev/zero", OPEN, read_zeros, EFAULT);
	row("read of /proc", OPEN, read_proc, EFAULT);
	row("read of an eventfd", OPEN, read_event, EFAULT);
	row("recv from a local socket", OPEN, receive_local, EFAULT);
	row("recv over TCP", OPEN, receive_stream, EFAULT);
	row("read with O_DIRECT", OPEN, read_direct, EFAULT);
	row("write with O_DIRECT", OPEN, write_direct, EFAULT);
	row("asynchronous read", OPEN, asynchronous_file, EFAULT);
	row("asynchronous read with O_DIRECT", OPEN, asynchronous_device, EFAULT);
	row("fstat", OPEN, file_status, EFAULT);
	row("getrandom", OPEN, random_bytes, EFAULT);
	row("getrandom of a page", OPEN, many_random_bytes, EFAULT);
	row("clock_gettime", OPEN, time_of_day, EFAULT);
	row("getrusage", OPEN, usage, EFAULT);
	row("rt_sigpending", OPEN, pending, EFAULT);
	row("pipe", OPEN, new_pipe, EFAULT);
	row("getsockopt", OPEN, option, EFAULT);
	row("clone's parent_tid", OPEN, child_number, ATTACK_NO_EFFECT);
	row("FUTEX_WAKE_OP", OPEN, futex_word, EFAULT);
	row("FUTEX_WAIT", OPEN, futex_value, EFAULT);
	return report_summary();
}
