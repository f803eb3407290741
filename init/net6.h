/* A fixed IPv6 address. */
#ifndef NET6_H
#define NET6_H

/*
 * Give eth0, which is up, the address of SPEC, ADDRESS/BITS[,GATEWAY]. It can be used at once: whether
 * somebody else has it is not asked. Failures are reported.
 */
void net6_set(const char *spec);

#endif
