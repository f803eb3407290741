/* tcp serve ADDRESS PORT prints its port and answers one connection with 1 MiB of a pattern
 * and a line; tcp fetch ADDRESS PORT checks the pattern and prints the line;
 * tcp echo ADDRESS PORT SIZE sends SIZE bytes and wants them back. ADDRESS is an IPv4 or IPv6 one, or
 * LINK-LOCAL%INTERFACE; it takes an interface some seconds to get IPv6 addresses, so connecting waits for that. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BULK = 1 << 20 };

static char pattern[BULK];

static int send_all(int to, const char *data, size_t size)
{
	for (ssize_t n; size > 0; data += n, size -= (size_t)n) {
		n = write(to, data, size);
		if (n <= 0)
			return -1;
	}
	return 0;
}

static int receive_all(int from, char *data, size_t size)
{
	for (ssize_t n; size > 0; data += n, size -= (size_t)n) {
		n = read(from, data, size);
		if (n <= 0)
			return -1;
	}
	return 0;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t size_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

/* Returns 0, or -1 if TEXT is no address. */
static int read_address(union address *address, const char *text, const char *port)
{
	char name[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "%");

	memset(address, 0, sizeof(*address));
	address->any.sa_family = AF_INET;
	address->v4.sin_port = htons((unsigned short)atoi(port));
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1)
		return 0;
	if (length >= sizeof(name))
		return -1;
	memcpy(name, text, length);
	name[length] = '\0';
	memset(address, 0, sizeof(*address));
	address->any.sa_family = AF_INET6;
	address->v6.sin6_port = htons((unsigned short)atoi(port));
	address->v6.sin6_scope_id = text[length] ? if_nametoindex(text + length + 1) : 0;
	return inet_pton(AF_INET6, name, &address->v6.sin6_addr) == 1 ? 0 : -1;
}

/* The connection, or -1. */
static int reach(const union address *address)
{
	for (int tries = address->any.sa_family == AF_INET6 ? 30 : 1; tries > 0; tries--) {
		int connection = socket(address->any.sa_family, SOCK_STREAM, 0);

		if (connect(connection, &address->any, size_of(address)) == 0)
			return connection;
		close(connection);
		if (tries > 1)
			sleep(1);
	}
	return -1;
}

static int serve(union address *address)
{
	static const char line[] = "what the host serves\n";
	int listener = socket(address->any.sa_family, SOCK_STREAM, 0), connection;
	socklen_t size = size_of(address);

	if (bind(listener, &address->any, size) != 0 || listen(listener, 1) != 0)
		return 1;
	getsockname(listener, &address->any, &size);
	printf("%d\n", ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port));
	fflush(stdout);
	connection = accept(listener, NULL, NULL);
	return send_all(connection, pattern, BULK) || send_all(connection, line, sizeof(line) - 1);
}

static int fetch(int connection)
{
	static char got[BULK];
	char line[100];
	ssize_t n;

	if (receive_all(connection, got, BULK) || memcmp(got, pattern, BULK) != 0)
		return 1;
	while ((n = read(connection, line, sizeof(line))) > 0)
		fwrite(line, 1, (size_t)n, stdout);
	return 0;
}

/* In pieces that the sockets' buffers hold, because one side of an echo must not wait for the other. */
static int echo(int connection, size_t size)
{
	char back[1000];

	for (size_t done = 0; done < size; done += sizeof(back))
		if (send_all(connection, pattern + done % (BULK / 2), sizeof(back)) ||
		    receive_all(connection, back, sizeof(back)) ||
		    memcmp(back, pattern + done % (BULK / 2), sizeof(back)) != 0)
			return 1;
	printf("echoed %zu\n", size);
	return 0;
}

int main(int argc, char **argv)
{
	union address address;
	int connection;

	if (argc < 4 || read_address(&address, argv[2], argv[3]) != 0)
		return 99;
	for (int i = 0; i < BULK; i++)
		pattern[i] = (char)(i * 7 + i / 256);
	if (strcmp(argv[1], "serve") == 0)
		return serve(&address);
	connection = reach(&address);
	if (connection < 0) {
		perror("connect");
		return 2;
	}
	if (strcmp(argv[1], "fetch") == 0)
		return fetch(connection);
	return argc > 4 ? echo(connection, (size_t)atol(argv[4])) : 99;
}
