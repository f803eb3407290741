/* malloc in main and in a library at once, over threads and fork. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "memory.h"

static void *work(void *seed)
{
	long wrong = 0;

	for (int i = 0; i < 10; i++)
		wrong += exercise((unsigned)(long)seed + (unsigned)i, 100) + lib_exercise((unsigned)(long)seed, 100);
	return (void *)wrong;
}

int main(void)
{
	pthread_t threads[3];
	void *result, *theirs[100];
	int status, wrong = 0;

	printf("alone: main %d, library %d\n", exercise(1, 3000), lib_exercise(2, 3000));
	printf("limits: main %d, library %d\n", limits(), lib_limits());
	for (long i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, work, (void *)(i + 10));
	for (int i = 0; i < 4; i++) {
		if (fork() == 0)
			_exit(exercise(3, 200) + lib_exercise(4, 200));
		wait(&status);
		wrong += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	printf("children of a program with threads: %d wrong\n", wrong);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		printf("thread %d: %ld wrong\n", i, (long)result);
	}
	for (int i = 0; i < 100; i++)
		theirs[i] = lib_malloc((size_t)i * 1000 + 1);
	for (int i = 0; i < 100; i++) {
		theirs[i] = realloc(theirs[i], (size_t)i * 2000 + 2);
		wrong += *(char *)theirs[i] != 'm';
		free(theirs[i]);
	}
	printf("the library's memory, grown and freed by main: %d wrong\n", wrong);
	printf("after it: %d %d\n", exercise(5, 300), lib_exercise(6, 300));
	return 0;
}
