/* The guest's network card: --net and --ip. */
#ifndef NET_H
#define NET_H

#include <stdbool.h>

struct net {
	char *backend;         /* QEMU's -netdev without id; NULL: no card */
	char *mac;             /* the card's address; NULL: QEMU's usual one */
	const char *address;   /* what init sets up: ADDRESS/BITS[,GATEWAY[,DNS]], or "up" */
	bool dhcp;             /* the guest's kernel asks for its address while it boots */
};

/*
 * Understand --net NET and --ip IP (either may be NULL: not given). On bad ones print one line
 * and exit with EXIT_USAGE.
 */
struct net net_parse(const char *net, const char *ip);

#endif
