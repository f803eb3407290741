/* While a library makes a system call by its number, another CPU changes the word below the return address all the time. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "objects.h"

static atomic_int done;

/* Numbers of two calls and of none. */
static void *changes(void *page)
{
	static const uint64_t numbers[] = { SYS_getppid, SYS_getpid, 100000, 0xffffffff, 0x8000000000000000 | SYS_getpid };

	for (unsigned i = 0; !done; i++)
		((volatile uint64_t *)page)[255] = numbers[i % 5];
	return NULL;
}

int main(void)
{
	long got[4] = { 0 };
	uint64_t *page = lib_page();
	pthread_t thread;

	if (pthread_create(&thread, NULL, changes, page))
		return 1;
	for (int i = 0; i < 300000; i++) {
		long result = lib_call(ENTRY(ukl_syscall), (uint64_t)&page[256], SYS_getppid);

		got[result == getppid() ? 0 : result == getpid() ? 1 : result == -ENOSYS ? 2 : 3]++;
	}
	done = 1;
	pthread_join(thread, NULL);
	printf("# as wanted %ld, other call %ld, none %ld\n", got[0], got[1], got[2]);
	printf("changed %d wrong %ld\n", got[1] + got[2] > 0, got[3]);
	return 0;
}
