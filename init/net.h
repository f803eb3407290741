/* Network interfaces. */
#ifndef NET_H
#define NET_H

/* Bring up lo; with SPEC (ADDRESS/BITS,GATEWAY,DNS) also eth0. Failures are reported. */
void net_up(const char *spec);

#endif
