/* Two threads that wake each other, and the making of threads. */
#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static int there[2], back[2];
static _Atomic unsigned turn;

static void *echo_pipe(void *unused)
{
	char byte;

	while (read(there[0], &byte, 1) == 1)
		require(write(back[1], &byte, 1) == 1);
	return unused;
}

static void prepare_pipes(void)
{
	pthread_t thread;

	require(!pipe(there) && !pipe(back));
	require(!pthread_create(&thread, NULL, echo_pipe, NULL));
}

static void pipe_threads(unsigned count)
{
	char byte = 'x';

	while (count--) {
		require(write(there[1], &byte, 1) == 1);
		require(read(back[0], &byte, 1) == 1);
	}
}

/* Odd: the other thread's turn. */
static void wait_turn(unsigned odd)
{
	unsigned seen;

	while (((seen = turn) & 1) != odd)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void pass_turn(void)
{
	turn++;
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *echo_futex(void *unused)
{
	for (;;) {
		wait_turn(1);
		pass_turn();
	}
	return unused;
}

static void prepare_futex(void)
{
	pthread_t thread;

	require(!pthread_create(&thread, NULL, echo_futex, NULL));
}

static void futex_threads(unsigned count)
{
	while (count--) {
		pass_turn();
		wait_turn(0);
	}
}

static void *nothing(void *argument)
{
	return argument;
}

static void create_join(unsigned count)
{
	while (count--) {
		pthread_t thread;

		require(!pthread_create(&thread, NULL, nothing, NULL));
		require(!pthread_join(thread, NULL));
	}
}

const struct operation thread_operations[] = {
	{ "pipe-2-threads", prepare_pipes, pipe_threads, 300 },
	{ "futex-2-threads", prepare_futex, futex_threads, 300 },
	{ "thread-create-join", NULL, create_join, 100 },
	{ 0 },
};
