/*
 * jump-release SOCKET: the CPU of a QEMU machine, whose gdb server is there, takes interrupts again. Exit status 1 if it did before, 2 if
 * there is no such server.
 *
 * GDB's manual, appendix E, "Remote Serial Protocol"; register 17 (hexadecimal 11) of amd64 is eflags.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define INTERRUPTS 0x200

static int server;

static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

/* The next packet without its frame. */
static const char *packet(void)
{
	static char got[8192];
	static size_t begin, filled;
	char *first, *last;

	/* What was returned goes. */
	memmove(got, got + begin, filled -= begin);
	for (begin = 0;;) {
		ssize_t more;

		got[filled] = 0;
		first = strchr(got, '$');
		last = first ? strchr(first, '#') : NULL;
		if (last && got + filled >= last + 3)
			break;
		more = read(server, got + filled, sizeof got - 1 - filled);
		if (more <= 0)
			give_up("read");
		filled += more;
	}
	if (write(server, "+", 1) != 1)
		give_up("write");
	*last = 0;
	begin = last + 3 - got;
	return first + 1;
}

/* Sends a packet, and returns the answer. */
static const char *ask(const char *question)
{
	char framed[80];
	unsigned char sum = 0;
	const char *answer;

	for (const char *c = question; *c; c++)
		sum += (unsigned char)*c;
	if (write(server, framed, snprintf(framed, sizeof framed, "$%s#%02x", question, sum)) < 0)
		give_up("write");
	/* That the machine has stopped may be said at any time. */
	do
		answer = packet();
	while (*answer == 'T' || *answer == 'S');
	return answer;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 20 };
	unsigned char flags[4];
	unsigned int value;
	char order[32];
	int masked;

	if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
		return 2;
	strcpy(address.sun_path, argv[1]);
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address))
		give_up(argv[1]);
	/* QEMU's server has single registers for those who have asked for their description. */
	ask("qXfer:features:read:target.xml:0,10");
	if (sscanf(ask("p11"), "%2hhx%2hhx%2hhx%2hhx", &flags[0], &flags[1], &flags[2], &flags[3]) != 4)
		give_up("eflags");
	memcpy(&value, flags, sizeof value);
	masked = !(value & INTERRUPTS);
	if (masked) {
		value |= INTERRUPTS;
		memcpy(flags, &value, sizeof value);
		snprintf(order, sizeof order, "P11=%02x%02x%02x%02x", flags[0], flags[1], flags[2], flags[3]);
		if (strcmp(ask(order), "OK"))
			give_up("eflags");
	}
	ask("D");
	return !masked;
}
