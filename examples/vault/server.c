/* A server with a private key: it signs what its clients send, and answers heartbeats. Three clients
 * come: one asks for a signature, one for more of a heartbeat than it sent, and the first once more.
 * Each has a server process of its own, as with many servers. The key is read from standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "request.h"
#include "vault.h"

static unsigned char request[REQUEST_SIZE];

static void serve(int fd)
{
	unsigned char *reply = malloc(REPLY_SIZE);
	ssize_t size = read(fd, request, sizeof(request));
	size_t answer;

	if (!reply || size <= 0)
		exit(1);
	answer = request_answer(request, (size_t)size, reply);
	exit(write(fd, reply, answer) == (ssize_t)answer ? 0 : 1);
}

/* Reads until the server has closed the connection. */
static size_t read_all(int fd, unsigned char *buffer, size_t room)
{
	size_t size = 0;
	ssize_t n;

	while (size < room && (n = read(fd, buffer + size, room - size)) > 0)
		size += (size_t)n;
	return size;
}

static void ask_for_signature(int fd)
{
	static const char message[] = "Snonce 4711";
	unsigned char signature[VAULT_SIGNATURE_SIZE];
	size_t size;

	if (write(fd, message, strlen(message)) < 0)
		exit(1);
	size = read_all(fd, signature, sizeof(signature));
	printf("client: %zu bytes of signature, %s\n", size,
	       vault_verify((const unsigned char *)message + 1, strlen(message) - 1, signature, size) == 0 ?
	       "which is good" : "which is wrong");
	exit(0);
}

/* Prints the rows of the answer that hold anything. */
static void ask_for_more(int fd)
{
	static const unsigned char empty[32];
	unsigned char *answer = malloc(REPLY_SIZE);
	size_t size;

	if (!answer || write(fd, "H\xff\xf0" "beat", 7) < 0)
		exit(1);
	size = read_all(fd, answer, REPLY_SIZE);
	printf("attacker: sent 4 bytes, got %zu\n", size);
	for (size_t at = 0; at < size; at += sizeof(empty)) {
		if (!memcmp(answer + at, empty, sizeof(empty)))
			continue;
		printf("%05zx", at);
		for (size_t i = at; i < at + sizeof(empty) && i < size; i++)
			printf("%s%02x", i == at ? " " : "", answer[i]);
		putchar('\n');
	}
	exit(0);
}

static void meet(void (*client)(int fd))
{
	int ends[2], status;
	pid_t server;

	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
		perror("server: socketpair");
		exit(1);
	}
	server = fork();
	if (server == 0) {
		close(ends[1]);
		serve(ends[0]);
	}
	close(ends[0]);
	if (fork() == 0)
		client(ends[1]);
	close(ends[1]);
	waitpid(server, &status, 0);
	while (wait(NULL) > 0)
		;
	if (WIFSIGNALED(status))
		printf("server: a connection's process died of signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		printf("server: a connection's process ended with status %d\n", WEXITSTATUS(status));
}

int main(void)
{
	if (vault_open(STDIN_FILENO) != 0) {
		fprintf(stderr, "server: give the key, 64 hexadecimal digits, on standard input\n");
		return 1;
	}
	meet(ask_for_signature);
	meet(ask_for_more);
	meet(ask_for_signature);
	printf("server: end\n");
	return 0;
}
