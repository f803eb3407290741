/* A hostile library at what the runtime and libc keep of themselves. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <ukl/compartment.h>
#include "internals.h"
#include "layout.h"

/* sigaction() refuses libc's own signals; what it calls does not. */
int __libc_sigaction(int, const struct sigaction *, struct sigaction *);

static void handler(int signo)
{
	(void)signo;
}

int lib_takes_signal(int signo)
{
	struct sigaction action = { .sa_handler = handler };

	return __libc_sigaction(signo, &action, NULL) ? errno : 0;
}

static int settle(const struct ukl_violation *violation, void *context)
{
	(void)violation;
	(void)context;
	return 1;
}

int lib_takes_violations(void)
{
	return ukl_on_violation(settle) ? errno : 0;
}

/* As malloc.c has it. */
struct unit {
	uint8_t kind, class, dirty, reserved;
	uint32_t units, next, previous;
	void *free;
	uint16_t used, fresh, room;
};

struct arena {
	int lock;
	uint32_t top, dirty, bin[20], with_room[41];
};

#define UNIT 65536ul
#define UNITS (UKL_HEAP_SIZE / UNIT)
#define CLASS_OF_64 4

void lib_damages_heap(void)
{
	struct arena *arena = (struct arena *)UKL_HEAP;
	struct unit *last = (struct unit *)(UKL_HEAP + UNIT) + UNITS - 1;

	last->free = NULL;
	last->used = 1;
	last->room = last->fresh = 65000;
	arena->with_room[CLASS_OF_64] = UNITS - 1;
}
