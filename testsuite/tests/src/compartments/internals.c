/* What libc and the runtime keep of themselves is not a library's to change. usage: internals signals|violations|heap */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ukl/compartment.h>
#include <unistd.h>
#include "internals.h"

static int no(const struct ukl_violation *violation, void *context)
{
	(void)violation;
	(void)context;
	return 0;
}

static void *waits(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* The genuine handlers still do what they are for. */
static void signals(void)
{
	pthread_t thread;
	void *result = NULL;

	printf("32: %s\n", strerrorname_np(lib_takes_signal(32)) ?: "taken");
	printf("33: %s\n", strerrorname_np(lib_takes_signal(33)) ?: "taken");
	if (pthread_create(&thread, NULL, waits, NULL))
		return;
	usleep(100000);
	printf("setuid: %d\n", setuid(getuid()));
	pthread_cancel(thread);
	pthread_join(thread, &result);
	puts(result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "signals") == 0) {
		signals();
	} else if (strcmp(what, "violations") == 0) {
		printf("main: %d\n", ukl_on_violation(no));
		printf("lib: %s\n", strerrorname_np(lib_takes_violations()) ?: "taken");
	} else if (strcmp(what, "heap") == 0) {
		/* There is a span of them now. */
		char *object = ukl_shared_malloc(64);

		lib_damages_heap();
		object = ukl_shared_malloc(64);
		printf("an object of key %d\n", ukl_compartment_of(object));
	}
	return 0;
}
