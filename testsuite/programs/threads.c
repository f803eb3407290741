/* 64 threads: contended mutexes, condition variables, barriers, TLS and its destructors. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

enum { THREADS = 64, ROUNDS = 500 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spinlock;
static sem_t semaphore;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread char tls_block[1000] = "initial";
static __thread unsigned tls_number = 5;
static int once_runs, turn, tls_wrong, serial_threads;
static unsigned long plain, spun, summed, destroyed;

static void run_once(void)
{
	once_runs++;
}

static void destructor(void *value)
{
	__atomic_fetch_add(&destroyed, (unsigned long)value, __ATOMIC_RELAXED);
}

static void *contend(void *arg)
{
	unsigned long number = (unsigned long)arg;

	pthread_once(&once, run_once);
	pthread_setspecific(key, (void *)1UL);
	if (strcmp(tls_block, "initial") != 0 || tls_number != 5)
		__atomic_fetch_add(&tls_wrong, 1, __ATOMIC_RELAXED);
	memset(tls_block, (int)number, sizeof(tls_block));
	tls_number = (unsigned)number;
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		__atomic_fetch_add(&serial_threads, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		plain++;
		pthread_mutex_unlock(&mutex);
		if (i % 50 == 0) {
			pthread_mutex_lock(&recursive);
			pthread_mutex_lock(&recursive);
			pthread_rwlock_wrlock(&rwlock);
			summed += number;
			pthread_rwlock_unlock(&rwlock);
			pthread_mutex_unlock(&recursive);
			pthread_mutex_unlock(&recursive);
			pthread_spin_lock(&spinlock);
			spun++;
			pthread_spin_unlock(&spinlock);
		}
	}
	for (size_t i = 0; i < sizeof(tls_block); i++)
		if (tls_block[i] != (char)number || tls_number != number)
			__atomic_fetch_add(&tls_wrong, 1, __ATOMIC_RELAXED);
	return (void *)(number * 3);
}

/* All threads pass one token round in order, twice. */
static void *relay(void *arg)
{
	int number = (int)(long)arg;

	for (int lap = 0; lap < 2; lap++) {
		pthread_mutex_lock(&mutex);
		while (turn % THREADS != number)
			pthread_cond_wait(&turn_changed, &mutex);
		turn++;
		pthread_cond_broadcast(&turn_changed);
		pthread_mutex_unlock(&mutex);
	}
	sem_post(&semaphore);
	return NULL;
}

static void *wait_forever(void *arg)
{
	pthread_cleanup_push(destructor, (void *)1000UL);
	sem_post(arg);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	pthread_mutexattr_t attr;
	struct timespec deadline;
	int created = 0, returned = 0;
	void *result;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attr);
	pthread_barrier_init(&barrier, NULL, THREADS);
	pthread_spin_init(&spinlock, PTHREAD_PROCESS_PRIVATE);
	sem_init(&semaphore, 0, 0);
	pthread_key_create(&key, destructor);

	for (long i = 0; i < THREADS; i++)
		created += pthread_create(&threads[i], NULL, contend, (void *)i) == 0;
	for (long i = 0; i < THREADS; i++)
		returned += pthread_join(threads[i], &result) == 0 && (long)result == i * 3;
	report(created == THREADS, "64 threads start");
	report(returned == THREADS, "each returns its own value");
	report(plain == (unsigned long)THREADS * ROUNDS, "a contended mutex loses no increment");
	report(summed == 10UL * THREADS * (THREADS - 1) / 2 && spun == 10UL * THREADS,
	       "recursive mutex, rwlock and spin lock exclude");
	report(once_runs == 1, "pthread_once runs once");
	report(serial_threads == 1, "a barrier elects one thread");
	report(tls_wrong == 0, "every thread has its own TLS");
	report(destroyed == THREADS, "every thread's TLS destructor ran");

	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, relay, (void *)i);
	for (int i = 0; i < THREADS; i++)
		sem_wait(&semaphore);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	report(turn == 2 * THREADS, "a token passes through 64 condition waits, twice");

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_nsec += 10 * 1000 * 1000;
	deadline.tv_sec += deadline.tv_nsec / 1000000000;
	deadline.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	report(pthread_cond_timedwait(&turn_changed, &mutex, &deadline) == ETIMEDOUT, "a timed wait times out");
	pthread_mutex_unlock(&mutex);

	destroyed = 0;
	pthread_create(&threads[0], NULL, wait_forever, &semaphore);
	sem_wait(&semaphore);
	pthread_cancel(threads[0]);
	report(pthread_join(threads[0], &result) == 0 && result == PTHREAD_CANCELED,
	       "a thread in pause() is cancelled");
	report(destroyed == 1000, "the cancelled thread's clean-up ran");
	return report_summary();
}
