#include "net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* What QEMU's user network gives to its first guest, also by DHCP. */
#define USER_ADDRESS "10.0.2.15/24,10.0.2.2,10.0.2.3"

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

/*
 * Guests on one bridge must differ: the address follows from the tap device's name. 52:54:00 is the
 * prefix that QEMU uses.
 */
static char *tap_mac(const char *options)
{
	uint32_t h = hash(options);

	return xprintf("52:54:00:%02x:%02x:%02x", h >> 16 & 255, h >> 8 & 255, h & 255);
}

/* Does TEXT, up to its end or a comma, hold an address of FAMILY? Moves behind it. */
static bool is_address(int family, const char **text, char end)
{
	char part[INET6_ADDRSTRLEN];
	size_t length = strcspn(*text, end ? "/" : ",");
	struct in6_addr address;

	if (length >= sizeof part)
		return false;
	memcpy(part, *text, length);
	part[length] = '\0';
	*text += length;
	return inet_pton(family, part, &address) == 1;
}

/* ADDRESS/BITS, then up to MORE addresses: [,GATEWAY[,DNS]] */
static bool is_setting(int family, const char *text, int more)
{
	char *end;
	long bits;

	if (!is_address(family, &text, '/') || *text++ != '/' || !isdigit((unsigned char)*text))
		return false;
	bits = strtol(text, &end, 10);
	if (bits < 1 || bits > (family == AF_INET ? 32 : 128))
		return false;
	for (int i = 0; i < more && *end == ','; i++) {
		text = end + 1;
		if (!is_address(family, &text, 0))
			return false;
		end = (char *)text;
	}
	return !*end;
}

static bool is_kind(const char *text, const char *kind)
{
	size_t length = strlen(kind);

	return !strncmp(text, kind, length) && (!text[length] || text[length] == ',');
}

struct net net_parse(const char *net, const char *ip, const char *ip6)
{
	struct net result = { 0 };

	if (!net || !strcmp(net, "none")) {
		if (ip || ip6)
			die(EXIT_USAGE, "--ip%s %s: there is no network card; add --net user or --net tap",
			    ip ? "" : "6", ip ? ip : ip6);
		return result;
	}
	if (is_kind(net, "user")) {
		result.backend = xstrdup(net);
		result.address = USER_ADDRESS;
	} else if (is_kind(net, "tap")) {
		/* What QEMU does with a tap device by itself needs scripts that few systems have. */
		result.backend = xprintf("tap,script=no,downscript=no%s", net + strlen("tap"));
		result.mac = tap_mac(net);
		result.address = "up";
	} else {
		die(EXIT_USAGE, "--net %s: give none, user[,hostfwd=...] or tap[,ifname=NAME]", net);
	}
	if (ip && !strcmp(ip, "dhcp")) {
		result.dhcp = true;
		result.address = "up";
	} else if (ip) {
		if (!is_setting(AF_INET, ip, 2))
			die(EXIT_USAGE, "--ip %s: give dhcp or ADDRESS/BITS[,GATEWAY[,DNS]], as in 192.168.1.2/24", ip);
		result.address = ip;
	}
	/* init reads no address that ends like an IPv4 one. */
	if (ip6 && (strchr(ip6, '.') || !is_setting(AF_INET6, ip6, 1)))
		die(EXIT_USAGE, "--ip6 %s: give ADDRESS/BITS[,GATEWAY], as in fd00::2/64", ip6);
	result.address6 = ip6;
	return result;
}
