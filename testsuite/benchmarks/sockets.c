/* Sockets on one machine: echo in one thread and in two, epoll, pipelined requests. */
#include "bench.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS 100
#define PIPELINED 16

static char buffer[4096];
static int here, there, polled, watched[SOCKETS];

/* here and there become the ends of a TCP connection over the loopback device. */
static void connect_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	require(listener >= 0 && !bind(listener, (void *)&address, sizeof address));
	require(!listen(listener, 1) && !getsockname(listener, (void *)&address, &size));
	here = socket(AF_INET, SOCK_STREAM, 0);
	require(here >= 0 && !connect(here, (void *)&address, sizeof address));
	there = accept(listener, NULL, NULL);
	require(there >= 0);
	setsockopt(here, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(there, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	close(listener);
}

static void connect_unix(void)
{
	int pair[2];

	require(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	here = pair[0];
	there = pair[1];
}

static void receive_all(int fd, size_t size)
{
	for (size_t have = 0; have < size;) {
		ssize_t got = recv(fd, buffer, size - have, 0);

		require(got > 0);
		have += got;
	}
}

/* The other thread sends back what it receives. */
static void *echo(void *argument)
{
	int fd = (int)(long)argument;
	static char text[sizeof buffer];
	ssize_t got;

	while ((got = recv(fd, text, sizeof text, 0)) > 0)
		require(send(fd, text, got, 0) == got);
	return NULL;
}

static void start_echo(void)
{
	pthread_t thread;

	require(!pthread_create(&thread, NULL, echo, (void *)(long)there));
}

static void prepare_unix_threads(void)
{
	connect_unix();
	start_echo();
}

static void prepare_tcp_threads(void)
{
	connect_tcp();
	start_echo();
}

static void talk(unsigned count, size_t size)
{
	while (count--) {
		require(send(here, buffer, size, 0) == (ssize_t)size);
		receive_all(here, size);
	}
}

static void talk_1(unsigned count)
{
	talk(count, 1);
}

static void talk_4k(unsigned count)
{
	talk(count, sizeof buffer);
}

/* Both ends in this thread. */
static void talk_alone(unsigned count)
{
	while (count--) {
		require(send(here, buffer, 1, 0) == 1);
		receive_all(there, 1);
		require(send(there, buffer, 1, 0) == 1);
		receive_all(here, 1);
	}
}

/* 100 sockets are watched, one of them gets a byte. */
static void prepare_epoll(void)
{
	polled = epoll_create1(0);
	require(polled >= 0);
	for (int i = 0; i < SOCKETS; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		connect_unix();
		event.data.fd = there;
		watched[i] = here;
		require(!epoll_ctl(polled, EPOLL_CTL_ADD, there, &event));
	}
}

static void run_epoll(unsigned count)
{
	struct epoll_event event;

	while (count--) {
		require(send(watched[count % SOCKETS], buffer, 1, 0) == 1);
		require(epoll_wait(polled, &event, 1, -1) == 1);
		require(recv(event.data.fd, buffer, 1, 0) == 1);
	}
}

/* A server as redis is one: wait, read what came, answer each request, in one write. */
static const char request[] = "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n";
static const char reply[] = "$5\r\nvalue\r\n";
enum { REQUEST = sizeof request - 1, REPLY = sizeof reply - 1 };

static void *serve(void *unused)
{
	static char text[4096], answer[4096];
	struct epoll_event event = { .events = EPOLLIN };
	int waiting = epoll_create1(0);

	require(waiting >= 0 && !epoll_ctl(waiting, EPOLL_CTL_ADD, there, &event));
	for (size_t have = 0;;) {
		size_t size = 0, done = 0;
		ssize_t got;

		require(epoll_wait(waiting, &event, 1, -1) == 1);
		got = read(there, text + have, sizeof text - have);
		if (got <= 0)
			return unused;
		have += got;
		for (; have - done >= REQUEST; done += REQUEST) {
			require(!memcmp(text + done, request, REQUEST));
			memcpy(answer + size, reply, REPLY);
			size += REPLY;
		}
		memmove(text, text + done, have - done);
		have -= done;
		require(write(there, answer, size) == (ssize_t)size);
	}
}

static void prepare_pipelined(void)
{
	pthread_t thread;

	connect_tcp();
	require(!pthread_create(&thread, NULL, serve, NULL));
}

/* Counts requests, 16 of which travel together. */
static void pipelined(unsigned count)
{
	static char text[PIPELINED * REQUEST];

	for (int i = 0; i < PIPELINED; i++)
		memcpy(text + i * REQUEST, request, REQUEST);
	for (; count >= PIPELINED; count -= PIPELINED) {
		require(write(here, text, sizeof text) == sizeof text);
		receive_all(here, PIPELINED * REPLY);
	}
}

const struct operation socket_operations[] = {
	{ "epoll-100-sockets", prepare_epoll, run_epoll, 500 },
	{ "unix-echo-1", prepare_unix_threads, talk_1, 300 },
	{ "unix-echo-4k", prepare_unix_threads, talk_4k, 300 },
	{ "tcp-echo-1", prepare_tcp_threads, talk_1, 300 },
	{ "tcp-echo-4k", prepare_tcp_threads, talk_4k, 300 },
	{ "tcp-echo-1-alone", connect_tcp, talk_alone, 300 },
	{ "pipelined-16", prepare_pipelined, pipelined, 1600 },
	{ 0 },
};
