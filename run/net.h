/* The guest's network card: --net and --ip. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>

struct net {
	char *backend;         /* QEMU's -netdev without id; NULL: no card */
	char *mac;             /* the card's address; NULL: QEMU's usual one */
	const char *address;   /* what init sets up: ADDRESS/BITS[,GATEWAY[,DNS]], or "up" */
	const char *address6;  /* the same of IPv6, ADDRESS/BITS[,GATEWAY], or NULL */
	bool dhcp;             /* the guest's kernel asks for its address while it boots */
};

/*
 * Understand --net NET, --ip IP and --ip6 IP6 (each may be NULL: not given). On bad ones print one line
 * and exit with EXIT_USAGE.
 */
struct net net_parse(const char *net, const char *ip, const char *ip6);

#endif
