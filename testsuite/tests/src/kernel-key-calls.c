/* System calls with 0 to 6 arguments that end at once, between the markers of benchmarks/count.c. Prints
 * their names in this order. */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../benchmarks/marker.h"

long ukl_sys_getppid(void);
long ukl_sys_getuid(void);
long ukl_sys_umask(int);
long ukl_sys_dup2(int, int);
long ukl_sys_lseek(int, long, int);
long ukl_sys_pread64(int, void *, long, long);
long ukl_sys_setsockopt(int, int, int, void *, int);
long ukl_sys_sendto(int, void *, long, int, void *, int);

int other(int);

#define CALLS		100

#define COUNT(what, call)				\
	do {						\
		call;					\
		MARK_START();				\
		for (int i = 0; i < CALLS; i++)		\
			call;				\
		MARK_STOP();				\
		puts(what);				\
	} while (0)

int main(void)
{
	/* Often enough that no timer comes between in one of them. */
	for (int round = 0; round < 5; round++) {
		COUNT("getppid 0", ukl_sys_getppid());
		COUNT("getuid 0", ukl_sys_getuid());
		COUNT("umask 1", ukl_sys_umask(022));
		COUNT("dup2 2", ukl_sys_dup2(-1, -2));
		COUNT("lseek 3", ukl_sys_lseek(-1, 0, 0));
		COUNT("pread64 4", ukl_sys_pread64(-1, 0, 0, 0));
		COUNT("setsockopt 5", ukl_sys_setsockopt(-1, 0, 0, 0, 0));
		COUNT("sendto 6", ukl_sys_sendto(-1, 0, 0, 0, 0, 0));
		COUNT("syscall-getppid 0", syscall(SYS_getppid));
		COUNT("syscall-sendto 6", syscall(SYS_sendto, -1, 0, 0, 0, 0, 0));
	}
	return other(0);
}
