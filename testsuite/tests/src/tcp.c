/* tcp serve ADDRESS PORT prints its port and answers one connection with 1 MiB of a pattern
 * and a line; tcp fetch ADDRESS PORT checks the pattern and prints the line;
 * tcp echo ADDRESS PORT SIZE sends SIZE bytes and wants them back. */
#define _GNU_SOURCE
#include <arpa/inet.h>
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

static int serve(struct sockaddr_in *address)
{
	static const char line[] = "what the host serves\n";
	int listener = socket(AF_INET, SOCK_STREAM, 0), connection;
	socklen_t size = sizeof(*address);

	if (bind(listener, (struct sockaddr *)address, size) != 0 || listen(listener, 1) != 0)
		return 1;
	getsockname(listener, (struct sockaddr *)address, &size);
	printf("%d\n", ntohs(address->sin_port));
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
	struct sockaddr_in address = { .sin_family = AF_INET };
	int connection;

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1)
		return 99;
	address.sin_port = htons((unsigned short)atoi(argv[3]));
	for (int i = 0; i < BULK; i++)
		pattern[i] = (char)(i * 7 + i / 256);
	if (strcmp(argv[1], "serve") == 0)
		return serve(&address);
	connection = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0) {
		perror("connect");
		return 2;
	}
	if (strcmp(argv[1], "fetch") == 0)
		return fetch(connection);
	return argc > 4 ? echo(connection, (size_t)atol(argv[4])) : 99;
}
