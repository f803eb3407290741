/*
 * What every file of init uses: nolibc (included by the compiler's command line), the calls
 * that it lacks, and messages. One process, one thread.
 */
#ifndef SYS_H
#define SYS_H

#include <stdbool.h>
#include <linux/types.h>

/* Raw system calls; they return -errno. */
#define sys6(nr, a, b, c, d, e, f) \
	my_syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys4(nr, a, b, c, d) my_syscall4(nr, (long)(a), (long)(b), (long)(c), (long)(d))
#define sys3(nr, a, b, c) my_syscall3(nr, (long)(a), (long)(b), (long)(c))
#define sys2(nr, a, b) my_syscall2(nr, (long)(a), (long)(b))
#define sys1(nr, a) my_syscall1(nr, (long)(a))
#define sys0(nr) my_syscall0(nr)

/* Print "init: A B" as one line on the kernel's console; B may be NULL. */
void report(const char *a, const char *b);

/* report() with errno's number, for a call that failed on NAME. */
void report_errno(const char *what, const char *name);

/* Sleep for a millisecond. */
void nap(void);

#endif
