/*
 * A hostile library with a thread of its own changes the control blocks of threads that main creates, while they are
 * being created. Prints what it got.
 */
#include <pthread.h>
#include <stdio.h>
#include <ukl/compartment.h>
#include "thread-attack.h"

#define ROUNDS 60

static unsigned long ran;

static void *work(void *argument)
{
	ran++;
	return argument;
}

int main(void)
{
	struct result *result = ukl_shared_malloc(sizeof(*result));
	pthread_t thread;

	*result = (struct result){ 0 };
	if (!lib_begin(result, vault_secret()))
		return 9;
	for (int i = 0; i < ROUNDS && !result->leaks; i++)
		if (pthread_create(&thread, NULL, work, NULL) != 0 || pthread_join(thread, NULL) != 0)
			return 8;
	lib_end();
	printf("# %lu stores, %lu threads did their work, %lu ran the library's code with their own rights\n", result->tries, ran, result->hits);
	printf(result->leaks ? "the secret was read\n" : result->hits ? "the secret was not read\n" : "no attempt succeeded\n");
	return result->leaks != 0;
}
