#include <pthread.h>
#include <stdint.h>
#include <unistd.h>
#include "threads.h"

static __thread int own = 1;

int lib_add(int a, int b)
{
	return a + b + own - 1;
}

void *lib_start(void *argument)
{
	own += 2;
	return (char *)argument + lib_add(1, 0);
}

void lib_exit_thread(void *result)
{
	pthread_exit(result);
}

static volatile int handled;

static void handle(void *argument)
{
	handled += *(int *)argument;
}

void lib_wait(void)
{
	int one = 1, two = 2;

	pthread_cleanup_push(handle, &one);
	pthread_cleanup_push(handle, &two);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
}

int lib_handled(void)
{
	return handled;
}

static void *work(void *argument)
{
	return (void *)((uintptr_t)argument * 2);
}

int lib_threads(int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++) {
		pthread_t thread;
		void *result;

		if (pthread_create(&thread, NULL, work, (void *)(intptr_t)i) != 0 || pthread_join(thread, &result) != 0)
			return -1;
		sum += (int)(uintptr_t)result;
	}
	return sum;
}
