/* A TCP echo server: tcp-echo [PORT [CONNECTIONS]]. PORT is 7 unless given; after
 * CONNECTIONS connections it ends, 0 (the default) means never. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64 };	/* connections at a time */

static int die(const char *what)
{
	fprintf(stderr, "tcp-echo: %s: %s\n", what, strerror(errno));
	return 1;
}

static int listen_on(unsigned short port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY), .sin_port = htons(port),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (listener < 0)
		return -1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, MOST) != 0)
		return -1;
	return listener;
}

/* Sends back what has come. Returns 0 when the connection is over. */
static int echo(int connection)
{
	char buffer[65536];
	ssize_t got = read(connection, buffer, sizeof(buffer)), sent;

	for (ssize_t done = 0; done < got; done += sent) {
		sent = write(connection, buffer + done, (size_t)(got - done));
		if (sent <= 0)
			return 0;
	}
	return got > 0;
}

int main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 7;
	long left = argc > 2 ? atol(argv[2]) : 0;
	int endless = left == 0;
	struct pollfd fds[1 + MOST] = { { .events = POLLIN } };
	nfds_t count = 1;

	if (port < 1 || port > 65535) {
		fprintf(stderr, "usage: tcp-echo [PORT [CONNECTIONS]]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	fds[0].fd = listen_on((unsigned short)port);
	if (fds[0].fd < 0)
		return die("cannot listen");
	printf("listening on port %d\n", port);
	fflush(stdout);
	while (endless || left > 0) {
		/* A full table leaves new connections in the listener's queue. */
		fds[0].events = count < 1 + MOST ? POLLIN : 0;
		if (poll(fds, count, -1) < 0)
			return die("poll");
		for (nfds_t i = count - 1; i > 0; i--)
			if (fds[i].revents && !echo(fds[i].fd)) {
				close(fds[i].fd);
				fds[i] = fds[--count];
				left--;
			}
		if (fds[0].revents) {
			fds[count] = (struct pollfd){ .fd = accept(fds[0].fd, NULL, NULL), .events = POLLIN };
			count += fds[count].fd >= 0;
		}
	}
	return 0;
}
