/* TCP, UDP, IPv6 and unix sockets on the loopback interface. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

enum { BULK = 4 << 20 };

static void *echo(void *arg)
{
	int listener = *(int *)arg, connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char buffer[65536];
	ssize_t n;

	while ((n = read(connection, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0; done < n;) {
			ssize_t sent = write(connection, buffer + done, (size_t)(n - done));

			if (sent <= 0)
				return NULL;
			done += sent;
		}
	close(connection);
	return NULL;
}

struct bulk {
	int socket;
	const char *data;
};

static void *send_bulk(void *arg)
{
	struct bulk *bulk = arg;

	for (ssize_t done = 0, n; done < BULK; done += n) {
		n = send(bulk->socket, bulk->data + done, (size_t)(BULK - done), 0);
		if (n <= 0)
			break;
	}
	shutdown(bulk->socket, SHUT_WR);
	return NULL;
}

/* A server thread echoes 4 MiB. */
static int stream_works(int family, const void *address, socklen_t size)
{
	int listener = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
	struct sockaddr_storage bound;
	socklen_t bound_size = sizeof(bound);
	char *data = malloc(BULK), *back = malloc(BULK + 1);
	struct bulk bulk = { client, data };
	pthread_t server, sender;
	ssize_t n;
	size_t have = 0;
	int right;

	for (size_t i = 0; i < BULK; i++)
		data[i] = (char)(i * 13 + i / 1000);
	if (bind(listener, address, size) != 0 || listen(listener, 5) != 0)
		return 0;
	getsockname(listener, (struct sockaddr *)&bound, &bound_size);
	pthread_create(&server, NULL, echo, &listener);
	if (connect(client, (struct sockaddr *)&bound, bound_size) != 0)
		return 0;
	pthread_create(&sender, NULL, send_bulk, &bulk);
	while ((n = recv(client, back + have, BULK + 1 - have, 0)) > 0)
		have += (size_t)n;
	pthread_join(sender, NULL);
	pthread_join(server, NULL);
	right = have == BULK && memcmp(data, back, BULK) == 0;
	close(client);
	close(listener);
	free(data);
	free(back);
	return right;
}

static int datagrams_work(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, from;
	int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t size = sizeof(address);
	char buffer[100] = "";
	ssize_t n;

	bind(a, (struct sockaddr *)&address, sizeof(address));
	getsockname(a, (struct sockaddr *)&address, &size);
	if (sendto(b, "datagram", 9, 0, (struct sockaddr *)&address, sizeof(address)) != 9)
		return 0;
	size = sizeof(from);
	n = recvfrom(a, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &size);
	close(a);
	close(b);
	return n == 9 && strcmp(buffer, "datagram") == 0 && from.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
}

/* A descriptor and credentials travel over a unix socket to a child. */
static int descriptors_travel(void)
{
	int pair[2], pipes[2], got = -1, status;
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'd';
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0 || pipe(pipes) != 0)
		return 0;
	child = fork();
	if (child == 0) {
		if (recvmsg(pair[1], &message, 0) != 1)
			_exit(1);
		memcpy(&got, CMSG_DATA(header), sizeof(got));
		_exit(write(got, "via", 3) != 3);
	}
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &pipes[1], sizeof(int));
	if (sendmsg(pair[0], &message, 0) != 1)
		return 0;
	waitpid(child, &status, 0);
	return status == 0 && read(pipes[0], control, 3) == 3 && memcmp(control, "via", 3) == 0;
}

int main(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "/tmp/ukl-socket" };
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0ukl-abstract" };
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found = NULL;
	int client = socket(AF_INET, SOCK_STREAM, 0), one = 1, value = 0;
	socklen_t size = sizeof(value);

	unlink(path.sun_path);
	report(stream_works(AF_INET, &v4, sizeof(v4)), "TCP echoes 4 MiB");
	report(stream_works(AF_INET6, &v6, sizeof(v6)), "TCP over IPv6 does");
	report(stream_works(AF_UNIX, &path, sizeof(path)), "a unix socket does");
	report(stream_works(AF_UNIX, &abstract, sizeof(sa_family_t) + 13), "an abstract unix socket does");
	report(datagrams_work(), "UDP");
	report(descriptors_travel(), "a descriptor travels to a child");
	report(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0 &&
	       getsockopt(client, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0 && value == 1, "socket options");
	v4.sin_port = htons(1);
	errno = 0;
	report(connect(client, (struct sockaddr *)&v4, sizeof(v4)) == -1 && errno == ECONNREFUSED, "ECONNREFUSED");
#ifndef __ukl__
	/* A minimal installation has no /etc/hosts. Ours has. */
	if (access("/etc/hosts", R_OK))
		skip("getaddrinfo knows localhost", "no /etc/hosts");
	else
#endif
	report(getaddrinfo("localhost", "80", &hints, &found) == 0 && found &&
	       ((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK),
	       "getaddrinfo knows localhost");
	unlink(path.sun_path);
	return report_summary();
}
