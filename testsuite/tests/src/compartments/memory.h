/* The same exercise of malloc, in main and in the library. */
#ifndef MEMORY_H
#define MEMORY_H

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 200

struct slot {
	unsigned char *at;
	size_t size;
	unsigned char mark;
};

static inline unsigned next_random(unsigned *state)
{
	return *state = *state * 1103515245u + 12345u;
}

static inline int intact(const struct slot *slot, size_t size)
{
	for (size_t i = 0; i < size; i += size > 4096 ? 509 : 1)
		if (slot->at[i] != slot->mark)
			return 0;
	return size == 0 || slot->at[size - 1] == slot->mark;
}

/* Returns how many things went wrong. */
static inline int exercise(unsigned seed, int rounds)
{
	struct slot slots[SLOTS] = { 0 };
	int wrong = 0;

	for (int i = 0; i < rounds; i++) {
		struct slot *slot = &slots[next_random(&seed) >> 8 & 127];
		unsigned kind = next_random(&seed) >> 16 & 7, shift = (next_random(&seed) >> 16) % 20;
		size_t size = (next_random(&seed) >> 8) % (((size_t)1 << shift) + 1), alignment;

		if (slot->at && kind < 2) {
			void *moved = realloc(slot->at, size + 1);

			slot->at = moved;
			wrong += !intact(slot, size + 1 < slot->size ? size + 1 : slot->size);
			slot->size = size + 1;
		} else {
			if (slot->at)
				wrong += !intact(slot, slot->size);
			free(slot->at);
			slot->size = size;
			switch (kind) {
			case 2:
				slot->at = calloc(1, size);
				slot->mark = 0;
				wrong += !intact(slot, size);
				break;
			case 3:
				alignment = (size_t)16 << (next_random(&seed) >> 16) % 14;
				slot->at = aligned_alloc(alignment, size);
				wrong += (uintptr_t)slot->at % alignment != 0;
				break;
			case 4:
				alignment = (size_t)8 << (next_random(&seed) >> 16) % 10;
				wrong += posix_memalign((void **)&slot->at, alignment, size) != 0;
				wrong += (uintptr_t)slot->at % alignment != 0;
				break;
			default:
				slot->at = malloc(size);
			}
		}
		wrong += !slot->at || (uintptr_t)slot->at % 16 != 0 || malloc_usable_size(slot->at) < slot->size;
		slot->mark = (unsigned char)seed;
		memset(slot->at, slot->mark, slot->size);
	}
	for (int i = 0; i < SLOTS; i++) {
		wrong += slots[i].at && !intact(&slots[i], slots[i].size);
		free(slots[i].at);
	}
	return wrong;
}

static inline int limits(void)
{
	volatile size_t most = SIZE_MAX;
	void *pointer = NULL;
	int wrong = 0;

	errno = 0;
	wrong += malloc(most / 2) != NULL || errno != ENOMEM;
	errno = 0;
	wrong += calloc(most / 2, 4) != NULL || errno != ENOMEM;
	errno = 0;
	wrong += reallocarray(NULL, most / 2, 4) != NULL || errno != ENOMEM;
	wrong += posix_memalign(&pointer, 3, 10) != EINVAL || posix_memalign(&pointer, 4, 10) != EINVAL;
	pointer = malloc(0);
	wrong += !pointer;
	free(pointer);
	free(NULL);
	pointer = malloc(10);
	if (realloc(pointer, most / 2) != NULL)
		wrong++;
	else
		free(pointer);
	pointer = memalign(1 << 20, 100);
	wrong += !pointer || (uintptr_t)pointer % (1 << 20) != 0;
	free(pointer);
	return wrong;
}

int lib_exercise(unsigned seed, int rounds);
int lib_limits(void);
void *lib_malloc(size_t size);

#endif
