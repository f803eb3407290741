#include "tsc.h"

#if defined(__x86_64__) || defined(__i386__)
#include <stdint.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
	uint64_t ticks;
	int64_t ns;
};

/* Clock and counter at one moment: the closest of some readings, should the host be busy. */
static struct moment now(void)
{
	struct moment best = { 0 };
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 16; i++) {
		struct timespec t;
		uint64_t before = __rdtsc(), after;

		clock_gettime(CLOCK_MONOTONIC_RAW, &t);
		after = __rdtsc();
		if (after - before < shortest) {
			shortest = after - before;
			best.ticks = before + shortest / 2;
			best.ns = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
		}
	}
	return best;
}

unsigned tsc_khz(void)
{
	struct timespec wait = { .tv_nsec = 10000000 };
	struct moment start = now(), end;

	nanosleep(&wait, NULL);
	end = now();
	return (end.ticks - start.ticks) * 1000000 / (end.ns - start.ns);
}

#else

unsigned tsc_khz(void)
{
	return 0;
}

#endif
