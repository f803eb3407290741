#include "net.h"

#include <linux/sockios.h>

#include "sys.h"

/*
 * linux/if.h, in.h and route.h draw in the C library's headers, which do not go with nolibc:
 * here is what the calls below take.
 */
#define AF_INET 2
#define SOCK_DGRAM 2
#define IFF_UP 1
#define RTF_UP 1
#define RTF_GATEWAY 2

struct sockaddr_in {
	unsigned short family, port;
	__be32 address;
	char zero[8];
};

struct ifreq {
	char name[16];
	union {
		struct sockaddr_in address;
		short flags;
		char size[24];
	};
};

struct rtentry {
	unsigned long pad1;
	struct sockaddr_in destination, gateway, netmask;
	unsigned short flags;
	short pad2;
	unsigned long pad3;
	void *pad4;
	short metric;
	char *device;
	unsigned long mtu, window;
	unsigned short rtt;
};

/* Parse a dotted address at *TEXT and move behind it. Network byte order; 0 if malformed. */
static __be32 address(const char **text)
{
	unsigned char bytes[4] = { 0 };
	__be32 result;

	for (int i = 0; i < 4; i++) {
		unsigned int n = 0;

		while (**text >= '0' && **text <= '9')
			n = n * 10 + *(*text)++ - '0';
		bytes[i] = n;
		if (i == 3)
			break;
		if (**text != '.')
			return 0;
		++*text;
	}
	memcpy(&result, bytes, sizeof result);
	return result;
}

static struct sockaddr_in internet(__be32 address)
{
	return (struct sockaddr_in){ .family = AF_INET, .address = address };
}

static void set_up(int fd, const char *name)
{
	struct ifreq request = { .flags = IFF_UP };

	strlcpy(request.name, name, sizeof request.name);
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		report_errno("cannot bring up", name);
}

static void set_name_server(const char *text)
{
	int fd = open("/etc/resolv.conf", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		return;
	write(fd, "nameserver ", 11);
	write(fd, text, strlen(text));
	write(fd, "\n", 1);
	close(fd);
}

/* The kernel's own configuration (ip=) is in the resolver's language, with words that it skips. */
static void take_kernel_name_server(void)
{
	char text[1024], *line;
	int fd = open("/proc/net/pnp", O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return;
	size = read(fd, text, sizeof text - 1);
	close(fd);
	if (size <= 0)
		return;
	text[size] = '\0';
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "nameserver ", 11))
			break;
	}
	if (!line)
		return;
	fd = open("/etc/resolv.conf", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return;
	write(fd, text, size);
	close(fd);
}

static void set_card(int fd, const char *spec)
{
	struct ifreq request = { .name = "eth0" };
	struct rtentry route = { .flags = RTF_UP | RTF_GATEWAY };
	unsigned int bits = 0;

	if (!strcmp(spec, "up")) {
		set_up(fd, "eth0");
		return;
	}
	request.address = internet(address(&spec));
	if (*spec == '/')
		for (spec++; *spec >= '0' && *spec <= '9'; spec++)
			bits = bits * 10 + *spec - '0';
	if (ioctl(fd, SIOCSIFADDR, &request)) {
		report_errno("cannot set the address of", "eth0");
		return;
	}
	request.address = internet(bits && bits <= 32 ? __builtin_bswap32(~0u << (32 - bits)) : 0);
	if (ioctl(fd, SIOCSIFNETMASK, &request))
		report_errno("cannot set the netmask of", "eth0");
	set_up(fd, "eth0");
	if (*spec++ != ',')
		return;
	route.gateway = internet(address(&spec));
	route.destination = internet(0);
	route.netmask = internet(0);
	if (ioctl(fd, SIOCADDRT, &route))
		report_errno("cannot set the route of", "eth0");
	if (*spec == ',')
		set_name_server(spec + 1);
}

void net_up(const char *spec)
{
	int fd = sys3(__NR_socket, AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return; /* a kernel without a network */
	set_up(fd, "lo");
	take_kernel_name_server();
	if (spec)
		set_card(fd, spec);
	close(fd);
}
