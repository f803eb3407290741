/* Threads of main and of a library, with attributes, late joins, fork. Prints the same on the host. */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include "threads.h"

static sem_t done;
static pthread_key_t key;
static int destroyed;
static char own_stack[131072] __attribute__((aligned(4096)));

static void destroy(void *value)
{
	destroyed += (int)(intptr_t)value;
}

static void *add_one(void *argument)
{
	pthread_setspecific(key, (void *)1);
	return (char *)argument + lib_add(1, 0);
}

static void *detached(void *argument)
{
	sem_post(&done);
	return argument;
}

/* libc makes threads of its own for these. */
static void expired(union sigval value)
{
	sem_post(value.sival_ptr);
}

static int helpers_of_libc(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = expired, .sigev_value.sival_ptr = &done };
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	static char bytes[5];
	int ends[2];
	struct aiocb request = { .aio_buf = bytes, .aio_nbytes = 4 };
	const struct aiocb *const list[] = { &request };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &soon, NULL) != 0)
		return 1;
	while (sem_wait(&done) != 0)
		;
	timer_delete(timer);
	if (pipe(ends) != 0 || write(ends[1], "read", 4) != 4)
		return 2;
	request.aio_fildes = ends[0];
	if (aio_read(&request) != 0)
		return 3;
	while (aio_error(&request) == EINPROGRESS)
		aio_suspend(list, 1, NULL);
	return aio_return(&request) != 4 || strcmp(bytes, "read") != 0 ? 4 : 0;
}

static void *exits(void *argument)
{
	lib_exit_thread(argument);
	return NULL;
}

static void *waits_inside(void *argument)
{
	lib_wait();
	return argument;
}

static void *waits(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* Bit 0: the stack is where the attributes say. Bit 1: SIGUSR1 is blocked. Bit 2: on the first CPU only. */
static void *looks(void *argument)
{
	pthread_attr_t attributes;
	sigset_t set;
	cpu_set_t cpus;
	size_t size = 0;
	void *low = NULL;
	uintptr_t result = 0;

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstack(&attributes, &low, &size);
	pthread_attr_destroy(&attributes);
	if ((char *)&low > (char *)low && (char *)&low < (char *)low + size && size >= (uintptr_t)argument)
		result |= 1;
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	result |= sigismember(&set, SIGUSR1) ? 2 : 0;
	pthread_getaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	result |= CPU_COUNT(&cpus) == 1 && CPU_ISSET(0, &cpus) ? 4 : 0;
	return (void *)result;
}

static int c11(void *argument)
{
	return *(int *)argument - 12;
}

static uintptr_t join(pthread_t thread)
{
	void *result = NULL;

	return pthread_join(thread, &result) == 0 ? (uintptr_t)result : 99999;
}

static uintptr_t many(int count)
{
	uintptr_t sum = 0;

	for (int i = 0; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, add_one, (void *)(intptr_t)i) != 0)
			return 99999;
		sum += join(thread);
	}
	return sum;
}

int main(void)
{
	pthread_t thread, late, all[40];
	pthread_attr_t attributes;
	sigset_t set;
	cpu_set_t cpus;
	uintptr_t sum = 0;
	int status = 0, seven = 7;
	thrd_t c;

	sem_init(&done, 0, 0);
	pthread_key_create(&key, destroy);
	pthread_create(&late, NULL, add_one, (void *)41);
	printf("many %lu\n", many(200));
	printf("destroyed %d\n", destroyed >= 200);
	printf("late %lu\n", join(late));
	for (int i = 0; i < 40; i++)
		pthread_create(&all[i], NULL, i % 2 ? add_one : lib_start, (void *)(intptr_t)i);
	for (int i = 0; i < 40; i++)
		sum += join(all[i]);
	printf("at a time %lu\n", sum);

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 30; i++)
		if (pthread_create(&thread, &attributes, detached, NULL) != 0)
			return 1;
	for (int i = 0; i < 30; i++)
		sem_wait(&done);
	pthread_attr_destroy(&attributes);
	printf("detached\n");

	pthread_attr_init(&attributes);
	printf("size %d\n", pthread_attr_setstacksize(&attributes, 131072));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_attr_setsigmask_np(&attributes, &set);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	pthread_attr_setaffinity_np(&attributes, sizeof(cpus), &cpus);
	pthread_create(&thread, &attributes, looks, (void *)131072);
	printf("attributes %lu\n", join(thread));
	pthread_attr_destroy(&attributes);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_create(&thread, &attributes, looks, NULL);
	printf("explicit scheduling %lu\n", join(thread) & 3);
	pthread_attr_setstack(&attributes, own_stack, sizeof(own_stack));
	pthread_create(&thread, &attributes, looks, (void *)sizeof(own_stack));
	printf("a stack of its own %lu\n", join(thread) & 3);
	pthread_attr_destroy(&attributes);

	pthread_create(&thread, NULL, exits, (void *)23);
	printf("exit from the library %lu\n", join(thread));
	pthread_create(&thread, NULL, waits, NULL);
	pthread_cancel(thread);
	printf("cancelled %d\n", join(thread) == (uintptr_t)PTHREAD_CANCELED);
	pthread_create(&thread, NULL, waits_inside, NULL);
	usleep(50000);
	pthread_cancel(thread);
	printf("cancelled in the library %d\n", join(thread) == (uintptr_t)PTHREAD_CANCELED);
	printf("after its handlers %d\n", lib_handled());
	thrd_create(&c, c11, &seven);
	thrd_join(c, &status);
	printf("c11 %d\n", status);
	printf("the library's %d\n", lib_threads(10));
	printf("libc's %d\n", helpers_of_libc());

	pthread_create(&thread, NULL, waits, NULL);
	fflush(stdout);
	if (fork() == 0) {
		printf("in a child %lu %d\n", many(20), lib_threads(5));
		fflush(stdout);
		_exit(3);
	}
	wait(&status);
	printf("child %d\n", WEXITSTATUS(status));
	pthread_cancel(thread);
	join(thread);
	printf("system %d\n", WEXITSTATUS(system("exit 5")));
	return 0;
}
