/* Network interfaces. */
#ifndef NET_H
#define NET_H

/*
 * Bring up lo; with SPEC (ADDRESS/BITS,GATEWAY,DNS, or "up" for no address) also eth0. The name server that
 * the kernel got for its parameter ip= becomes the resolver's. Failures are reported.
 */
void net_up(const char *spec);

#endif
