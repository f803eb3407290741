/* The library of edges.c. */
#ifndef EDGES_H
#define EDGES_H

/* The sum of the arguments, each times its place. */
long lib_places(long a, long b, long c, long d, long e, long f, long g, long h);
/* f(x) + 1, called back. */
long lib_back(long (*f)(long), long x);
/* depth, after as many frames of 2 KiB on the library's stack. */
long lib_deep(int depth);
/* 0 if system calls answer as they should, those by the SYSCALL instruction too. */
long lib_calls(long parent);
/* 0 if vector registers keep their values while signals come. */
long lib_vectors(long seed);

#endif
