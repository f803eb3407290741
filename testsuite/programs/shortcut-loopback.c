/* TCP over the loopback device: whatever way segments take, they are counted and can be watched. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "check.h"

enum { EXCHANGES = 100 };

static int client, server;

static void connect_both(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	client = socket(AF_INET, SOCK_STREAM, 0);
	bind(listener, (struct sockaddr *)&address, sizeof address);
	listen(listener, 1);
	getsockname(listener, (struct sockaddr *)&address, &size);
	report(!connect(client, (struct sockaddr *)&address, size), "connect");
	server = accept(listener, NULL, NULL);
	close(listener);
}

static void exchange(void)
{
	char byte = 0;

	for (int i = 0; i < EXCHANGES; i++)
		if (send(client, &byte, 1, 0) != 1 || recv(server, &byte, 1, 0) != 1 ||
		    send(server, &byte, 1, 0) != 1 || recv(client, &byte, 1, 0) != 1)
			report(0, "exchange %d", i);
}

/* The value of a field of /proc/net/snmp: names are in one line, values in the next. */
static long counter(const char *protocol, const char *name)
{
	char names[4096], values[4096], *save_name, *save_value, *a, *b;
	FILE *file = fopen("/proc/net/snmp", "r");
	long found = -1;

	while (file && found < 0 && fgets(names, sizeof names, file) && fgets(values, sizeof values, file)) {
		a = strtok_r(names, " \n", &save_name);
		b = strtok_r(values, " \n", &save_value);
		if (strncmp(a, protocol, strlen(protocol)))
			continue;
		while ((a = strtok_r(NULL, " \n", &save_name)) && (b = strtok_r(NULL, " \n", &save_value)))
			if (!strcmp(a, name))
				found = atol(b);
	}
	if (file)
		fclose(file);
	return found;
}

/* A column of lo's line in /proc/net/dev. */
enum { RX_BYTES, RX_PACKETS, TX_PACKETS = 9 };

static long of_device(int column)
{
	char line[512], *at;
	FILE *file = fopen("/proc/net/dev", "r");
	long value = -1;

	while (file && fgets(line, sizeof line, file)) {
		at = strstr(line, "lo:");
		if (!at)
			continue;
		at += 3;
		for (int i = 0; i <= column; i++)
			value = strtol(at, &at, 10);
	}
	if (file)
		fclose(file);
	return value;
}

/* A network where nobody else sends: an image's own, on the host a new one. Returns 0 without one. */
static int quiet_network(void)
{
#ifdef __ukl__
	return 1;
#else
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	return !unshare(CLONE_NEWNET) && !ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &request);
#endif
}

static const char *const ip_counters[] = { "InReceives", "InDelivers", "OutRequests" };
static const char *const device_counters[] = { "rx_packets", "tx_packets" };
static const int device_columns[] = { RX_PACKETS, TX_PACKETS };

static int quiet;

static void __attribute__((format(printf, 2, 0))) expect(int holds, const char *what, const char *which)
{
	char line[200];

	snprintf(line, sizeof line, what, which);
	if (quiet)
		report(holds, "%s", line);
	else
		skip(line, "the network is not ours alone");
}

/* A slow machine acknowledges late: after 200 ms at most (TCP_DELACK_MAX of the kernel). */
static void settle(void)
{
	usleep(400000);
}

static void counters(void)
{
	long ip[3], device[2], bytes, in, out;

	settle();
	bytes = of_device(RX_BYTES);
	in = counter("Tcp:", "InSegs");
	out = counter("Tcp:", "OutSegs");
	for (int i = 0; i < 3; i++)
		ip[i] = counter("Ip:", ip_counters[i]);
	for (int i = 0; i < 2; i++)
		device[i] = of_device(device_columns[i]);
	exchange();
	settle();
	in = counter("Tcp:", "InSegs") - in;
	out = counter("Tcp:", "OutSegs") - out;
	bytes = of_device(RX_BYTES) - bytes;
	note("%ld segments, %ld bytes", out, bytes);
	expect(out >= 2 * EXCHANGES && in == out, "TCP: all segments sent are %s", "received");
	for (int i = 0; i < 3; i++)
		expect(counter("Ip:", ip_counters[i]) - ip[i] == out, "IP: %s counts them", ip_counters[i]);
	for (int i = 0; i < 2; i++)
		expect(of_device(device_columns[i]) - device[i] == out, "device: %s counts them", device_counters[i]);
	/* 20 bytes of IP header, 32 of TCP with timestamps; a byte of data in each of two per exchange. */
	expect(bytes == out * 52 + 2 * EXCHANGES, "device: %s with their headers", "bytes");
}

/* How many segments of our connection a socket of the packet or raw kind sees. */
static int seen_by(int watcher, int link_header)
{
	unsigned char packet[2048];
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	int seen = 0;
	ssize_t got;

	getpeername(client, (struct sockaddr *)&peer, &size);
	while ((got = recv(watcher, packet, sizeof packet, MSG_DONTWAIT)) > 0) {
		const unsigned char *ip = packet + link_header;
		const unsigned char *tcp = ip + (ip[0] & 15) * 4;

		if ((!memcmp(tcp, &peer.sin_port, 2) || !memcmp(tcp + 2, &peer.sin_port, 2)) && ip[9] == IPPROTO_TCP)
			seen++;
	}
	return seen;
}

static void watched(void)
{
	int watcher = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), size = 8 << 20, seen;

	if (watcher < 0) {
		skip("a packet socket sees the segments", strerrorname_np(errno));
		skip("a raw socket sees the segments", strerrorname_np(errno));
		return;
	}
	setsockopt(watcher, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	exchange();
	seen = seen_by(watcher, 14);
	note("%d", seen);
	/* Each one twice: on its way out and in. */
	report(seen >= 4 * EXCHANGES, "a packet socket sees the segments");
	close(watcher);
	watcher = socket(AF_INET, SOCK_RAW, IPPROTO_TCP);
	setsockopt(watcher, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	exchange();
	report(seen_by(watcher, 0) >= 2 * EXCHANGES, "a raw socket sees the segments");
	close(watcher);
	exchange();
}

/* The receiver wants to know when: the stamp has to be taken. */
static void stamped(void)
{
	int on = 1;
	char byte, control[256];
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
	struct cmsghdr *header;

	setsockopt(server, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
	usleep(10000); /* the kernel turns stamps on in the background */
	send(client, "x", 1, 0);
	report(recvmsg(server, &message, 0) == 1, "recvmsg");
	header = CMSG_FIRSTHDR(&message);
	report(header && header->cmsg_type == SO_TIMESTAMPNS && ((struct timespec *)CMSG_DATA(header))->tv_sec > 1000000000,
	       "SO_TIMESTAMPNS");
}

int main(void)
{
	quiet = quiet_network();
	connect_both();
	exchange();
	counters();
	watched();
	stamped();
	exchange();
	return report_summary();
}
