#include "net6.h"

#include <linux/sockios.h>

#include "sys.h"

/* As net.c has it: linux/ipv6.h and ipv6_route.h do not go with nolibc. */
#define AF_INET6 10
#define SOCK_DGRAM 2
#define RTF_UP 1
#define RTF_GATEWAY 2

struct address6 {
	unsigned char bytes[16];
};

struct in6_ifreq {
	struct address6 address;
	unsigned int bits;
	int index;
};

struct in6_rtmsg {
	struct address6 destination, source, gateway;
	unsigned int type;
	unsigned short destination_bits, source_bits;
	unsigned int metric;
	unsigned long info;
	unsigned int flags;
	int index;
};

struct ifreq {
	char name[16];
	union {
		int index;
		char size[24];
	};
};

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Parse an address at *TEXT and move behind it: eight groups, or fewer with "::" in place of the zeroes. */
static struct address6 parse(const char **text)
{
	struct address6 result = { 0 };
	const char *p = *text;
	int groups = 0, gap = -1;

	while (groups < 8) {
		unsigned int n = 0;

		if (p[0] == ':' && p[1] == ':' && gap < 0) {
			gap = groups;
			p += 2;
		} else if (groups && *p == ':') {
			p++;
		}
		if (digit(*p) < 0)
			break;
		while (digit(*p) >= 0)
			n = n * 16 + digit(*p++);
		result.bytes[2 * groups] = n >> 8;
		result.bytes[2 * groups + 1] = n;
		groups++;
	}
	if (gap >= 0 && groups < 8) {
		int moved = 2 * (groups - gap);

		memmove(result.bytes + 16 - moved, result.bytes + 2 * gap, moved);
		memset(result.bytes + 2 * gap, 0, 16 - 2 * groups);
	}
	*text = p;
	return result;
}

static void set_gateway(int fd, int index, const char *text)
{
	struct in6_rtmsg route = { .gateway = parse(&text), .metric = 1, .flags = RTF_UP | RTF_GATEWAY, .index = index };

	if (ioctl(fd, SIOCADDRT, &route))
		report_errno("cannot set the IPv6 route of", "eth0");
}

void net6_set(const char *spec)
{
	int fd = sys3(__NR_socket, AF_INET6, SOCK_DGRAM, 0), accept_dad;
	struct in6_ifreq request = { .address = parse(&spec) };
	struct ifreq name = { .name = "eth0" };

	if (*spec == '/')
		for (spec++; *spec >= '0' && *spec <= '9'; spec++)
			request.bits = request.bits * 10 + *spec - '0';
	accept_dad = open("/proc/sys/net/ipv6/conf/eth0/accept_dad", O_WRONLY);
	if (accept_dad >= 0) {
		write(accept_dad, "0", 1);
		close(accept_dad);
	}
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &name)) {
		report_errno("no IPv6 for", "eth0");
		return;
	}
	request.index = name.index;
	if (ioctl(fd, SIOCSIFADDR, &request))
		report_errno("cannot set the IPv6 address of", "eth0");
	else if (*spec == ',')
		set_gateway(fd, name.index, spec + 1);
	close(fd);
}
