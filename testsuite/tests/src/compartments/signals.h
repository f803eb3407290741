/* The library of signals.c. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>

long lib_spin(volatile long *stop, int (*call)(int));
void lib_install(int signo);
int lib_seen(void);
void lib_raise(int signo);
int lib_read(const char *address);
long lib_many(long a, long b, long c, long d, long e, long f, long g, long h);
int lib_wait(int fd);

#endif
