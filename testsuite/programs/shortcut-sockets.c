/* Stream sockets at the edges of what the kernel's shortcuts handle: results must be the host's. */
// test: cflags=-pthread
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

/* The line names the result, so that the comparison with the host checks it. */
static long show(const char *what, long result)
{
	report(1, "%s: %ld %s", what, result, result < 0 ? strerrorname_np(errno) : "");
	return result;
}

static char buffer[8192];
static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

/* What arrived, as text. */
static void show_data(const char *what, long result)
{
	report(1, "%s: %ld \"%.*s\"", what, result, result > 0 && result < 64 ? (int)result : 0, buffer);
}

static void open_pair(int type, int s[2])
{
	report(!socketpair(AF_UNIX, type, 0, s), "socketpair");
}

static void close_pair(const int s[2])
{
	close(s[0]);
	close(s[1]);
}

static void messages(void)
{
	int s[2];

	open_pair(SOCK_STREAM, s);
	show("send of nothing", send(s[0], "x", 0, 0));
	show("receive where nothing was sent", recv(s[1], buffer, 10, MSG_DONTWAIT));
	send(s[0], "abc", 3, 0);
	send(s[0], "defgh", 5, 0);
	show_data("part of the first", recv(s[1], buffer, 2, 0));
	show_data("peek across two", recv(s[1], buffer, 10, MSG_PEEK));
	show_data("the rest of both", recv(s[1], buffer, 10, 0));
	write(s[0], "12345", 5);
	show_data("read of exactly what is there", read(s[1], buffer, 5));
	show("receive of nothing from an empty queue", recv(s[1], buffer, 0, MSG_DONTWAIT));
	write(s[0], "1", 1);
	show("receive of nothing while there is something", recv(s[1], buffer, 0, 0));
	show_data("then that", recv(s[1], buffer, 9, 0));
	fcntl(s[1], F_SETFL, O_NONBLOCK);
	show("read from an empty O_NONBLOCK socket", read(s[1], buffer, 1));
	fcntl(s[1], F_SETFL, 0);
	show("send from a bad pointer", send(s[0], (void *)8, 4, 0));
	show("send from beyond the address space", send(s[0], (void *)(1ul << 63), 4, 0));
	show("nothing of it arrived", recv(s[1], buffer, 9, MSG_DONTWAIT));
	send(s[0], "kept", 4, 0);
	show("receive to a bad pointer", recv(s[1], (void *)8, 4, 0));
	show_data("it is still there", recv(s[1], buffer, 9, 0));
	show("send on no descriptor", send(999, "x", 1, 0));
	show("send on a file", send(0, "x", 1, 0));
	show("receive with unknown flags", recv(s[1], buffer, 1, 0x40000 | MSG_DONTWAIT));
	memset(buffer, 'z', sizeof buffer);
	show("a message of 8 KiB", send(s[0], buffer, sizeof buffer, 0));
	show("all of it", recv(s[1], buffer, sizeof buffer, MSG_WAITALL));
	close_pair(s);
}

static void limits(void)
{
	struct timeval soon = { .tv_usec = 20000 };
	struct pollfd poller;
	int s[2], low = 4, full;

	open_pair(SOCK_STREAM, s);
	setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
	show("receive until the timeout", recv(s[1], buffer, 1, 0));
	setsockopt(s[1], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low);
	send(s[0], "ab", 2, 0);
	show_data("fewer than SO_RCVLOWAT, at the timeout", recv(s[1], buffer, 9, 0));
	fcntl(s[0], F_SETFL, O_NONBLOCK);
	for (full = 0; send(s[0], "q", 1, 0) == 1; full++)
		;
	report(full > 10 && errno == EAGAIN, "a queue of small messages gets full");
	poller = (struct pollfd){ .fd = s[0], .events = POLLOUT };
	show("then there is no POLLOUT", poll(&poller, 1, 0));
	while (recv(s[1], buffer, sizeof buffer, MSG_DONTWAIT) > 0)
		;
	show("and when it is read there is", poll(&poller, 1, 0));
	close_pair(s);
}

static void ends(void)
{
	int s[2], error;
	socklen_t size = sizeof error;

	signal(SIGPIPE, count_signal);
	open_pair(SOCK_STREAM, s);
	send(s[0], "last", 4, 0);
	close(s[0]);
	show_data("what was sent before the end", recv(s[1], buffer, 9, 0));
	show("then the end", recv(s[1], buffer, 9, 0));
	show("send to a closed end", send(s[1], "x", 1, 0));
	show("with MSG_NOSIGNAL", send(s[1], "x", 1, MSG_NOSIGNAL));
	show("write", write(s[1], "x", 1));
	report(1, "SIGPIPE came %d times", (int)signals);
	close(s[1]);

	open_pair(SOCK_STREAM, s);
	shutdown(s[0], SHUT_WR);
	show("send after SHUT_WR", send(s[0], "x", 1, MSG_NOSIGNAL));
	show("the other end sees the end", recv(s[1], buffer, 1, 0));
	shutdown(s[0], SHUT_RD);
	show("send to SHUT_RD", send(s[1], "x", 1, MSG_NOSIGNAL));
	close_pair(s);

	open_pair(SOCK_STREAM, s);
	send(s[0], "unread", 6, 0);
	close(s[1]);
	show("receive after the other end threw data away", recv(s[0], buffer, 1, 0));
	getsockopt(s[0], SOL_SOCKET, SO_ERROR, &error, &size);
	report(1, "SO_ERROR is then %d", error);
	close(s[0]);

	int alone = socket(AF_UNIX, SOCK_STREAM, 0);
	show("send without a peer", send(alone, "x", 1, 0));
	show("receive without a peer", recv(alone, buffer, 1, 0));
	close(alone);
}

static void extras(void)
{
	int s[2], on = 1, offset = 0, fd = 0;
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	struct iovec part = { "with", 4 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(sizeof fd) };
	struct cmsghdr *header;

	open_pair(SOCK_STREAM, s);
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	send(s[0], "before", 6, 0);
	show("send of a descriptor", sendmsg(s[0], &message, 0));
	send(s[0], "after", 5, 0);
	show_data("receive up to it", recv(s[1], buffer, 64, 0));
	show_data("and past it", recv(s[1], buffer, 64, 0));
	while (recv(s[1], buffer, 64, MSG_DONTWAIT) > 0)
		;

	setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
	send(s[0], "me", 2, 0);
	part.iov_base = buffer;
	part.iov_len = 64;
	message.msg_controllen = sizeof control;
	show("receive with credentials", recvmsg(s[1], &message, 0));
	header = CMSG_FIRSTHDR(&message);
	report(header && header->cmsg_type == SCM_CREDENTIALS &&
	       ((struct ucred *)CMSG_DATA(header))->pid == getpid(), "they are the sender's");
	on = 0;
	setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);

	setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset);
	send(s[0], "peekpeek", 8, 0);
	show_data("peek at 0", recv(s[1], buffer, 4, MSG_PEEK));
	show_data("peek goes on", recv(s[1], buffer, 4, MSG_PEEK));
	show_data("receive", recv(s[1], buffer, 2, 0));
	show_data("peek after that", recv(s[1], buffer, 4, MSG_PEEK | MSG_DONTWAIT));
	close_pair(s);

	open_pair(SOCK_STREAM, s);
	send(s[0], "normal", 6, 0);
	show("send out of band", send(s[0], "!", 1, MSG_OOB));
	send(s[0], "more", 4, 0);
	show_data("receive up to the mark", recv(s[1], buffer, 64, 0));
	show_data("out of band", recv(s[1], buffer, 64, MSG_OOB));
	show_data("receive past it", recv(s[1], buffer, 64, 0));
	close_pair(s);

	open_pair(SOCK_SEQPACKET, s);
	send(s[0], "one", 3, 0);
	send(s[0], "two", 3, 0);
	show_data("SOCK_SEQPACKET keeps messages apart", recv(s[1], buffer, 64, 0));
	show_data("read too", read(s[1], buffer, 64));
	close_pair(s);
}

static void *send_later(void *arg)
{
	usleep(20000);
	send(*(int *)arg, "later", 5, 0);
	return NULL;
}

static void waiting(void)
{
	struct sigaction plain = { .sa_handler = count_signal };
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	pthread_t thread;
	int s[2];

	open_pair(SOCK_STREAM, s);
	pthread_create(&thread, NULL, send_later, &s[0]);
	show_data("receive waits", recv(s[1], buffer, 64, 0));
	pthread_join(thread, NULL);
	sigaction(SIGALRM, &plain, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	show("until a signal", recv(s[1], buffer, 64, 0));
	plain.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &plain, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	soon.it_value.tv_usec = 0;
	pthread_create(&thread, NULL, send_later, &s[0]);
	show_data("or goes on after one", read(s[1], buffer, 64));
	pthread_join(thread, NULL);
	close_pair(s);
}

/* A segment that nobody looks at takes a shorter way: then somebody looks. */
static void tcp(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server, tos = IPTOS_LOWDELAY;
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval soon = { .tv_usec = 20000 };
	socklen_t size = sizeof address;

	bind(listener, (struct sockaddr *)&address, sizeof address);
	getsockname(listener, (struct sockaddr *)&address, &size);
	listen(listener, 1);
	show("connect", connect(client, (struct sockaddr *)&address, sizeof address));
	server = accept(listener, NULL, NULL);
	for (int i = 0; i < 200; i++) {
		memset(buffer, i, 1000);
		if (send(client, buffer, (size_t)(1 + i * 4), 0) != 1 + i * 4 ||
		    recv(server, buffer, sizeof buffer, 0) != 1 + i * 4 || buffer[i * 4] != (char)i)
			report(0, "message %d", i);
	}
	show("IP_TOS", setsockopt(client, IPPROTO_IP, IP_TOS, &tos, sizeof tos));
	send(client, "tos", 3, 0);
	show_data("a message with it", recv(server, buffer, 64, 0));
	send(client, "oo", 2, MSG_OOB);
	show_data("up to the urgent byte", recv(server, buffer, 64, 0));
	show_data("urgent", recv(server, buffer, 64, MSG_OOB));
	show("send from a bad pointer", send(client, (void *)8, 10, 0));
	setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
	show("nothing of it arrived", recv(server, buffer, 64, 0));
	send(client, "unread", 6, 0);
	close(server);
	show("receive after a reset", recv(client, buffer, 64, 0));
	show("send after it", send(client, "x", 1, MSG_NOSIGNAL));
	close(client);
	close(listener);
}

int main(void)
{
	messages();
	limits();
	ends();
	extras();
	waiting();
	tcp();
	return report_summary();
}
