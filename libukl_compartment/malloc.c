/* One heap per protection key, at addresses that tell the key.
 *
 * An arena is UKL_HEAP_SIZE bytes of address space in units of 64 KiB. Small
 * objects of one size share a span of units; larger ones are runs of units.
 * `struct unit' describes a unit; the description, like all else of an arena, is
 * in memory of the arena's key: only who may write the objects can damage it.
 * In the shared arena anybody can, so links that are followed are checked to
 * stay within the arena: it never hands out another key's memory.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include "runtime.h"

#define UNIT_SHIFT 16
#define UNIT ((size_t)1 << UNIT_SHIFT)
#define UNITS ((uint32_t)(UKL_HEAP_SIZE >> UNIT_SHIFT))

/* Sizes: 16 to 128 in steps of 16, then four to a doubling. */
#define CLASSES 41u
#define SMALL ((size_t)32768)
#define BINS 20

/* Freed units keep their pages until so many did: 8 MiB. */
#define KEEP 128u

enum { UNUSED, FREE, LARGE, SMALLS, INNER };

struct unit {
	uint8_t kind;
	uint8_t class;
	uint8_t dirty;		/* FREE: a page may hold something else than zeros */
	uint8_t reserved;
	uint32_t units;		/* of the run; INNER: distance to its first; FREE: in the last, too */
	uint32_t next, previous;	/* FREE: in its bin; SMALLS: with room; 0 ends the list */
	void *free;		/* SMALLS: objects that were freed */
	uint16_t used;		/* SMALLS: objects in use */
	uint16_t fresh;		/* SMALLS: objects handed out at least once */
	uint16_t room;		/* SMALLS: objects in the span */
};

struct arena {
	int lock;
	uint32_t top;		/* first unit that was never used; 0: FIRST */
	uint32_t dirty;		/* units in dirty FREE runs */
	uint32_t bin[BINS];	/* FREE runs by the logarithm of their size */
	uint32_t with_room[CLASSES];
};

_Static_assert(sizeof(struct unit) == 40 || sizeof(struct unit) == 32, "see FIRST");

/* The arena, then the descriptions, take the first units. */
#define FIRST ((uint32_t)((UNIT + UNITS * sizeof(struct unit) + UNIT - 1) >> UNIT_SHIFT))

static inline char *base_of(int id)
{
	return (char *)(UKL_HEAP + ((uintptr_t)id << UKL_HEAP_SHIFT));
}

static inline struct arena *arena_of(int id)
{
	return (struct arena *)base_of(id);
}

static inline struct unit *unit_of(struct arena *arena, uint32_t index)
{
	if (index >= UNITS)
		__ukl_fatal("malloc: corrupted memory");
	return (struct unit *)((char *)arena + UNIT) + index;
}

static inline char *address_of(struct arena *arena, uint32_t index)
{
	return (char *)arena + ((uintptr_t)index << UNIT_SHIFT);
}

int __ukl_heap_key(const void *pointer)
{
	uintptr_t id = ((uintptr_t)pointer - UKL_HEAP) >> UKL_HEAP_SHIFT;

	return id < UKL_IDS ? (int)id : -1;
}

static unsigned class_of(size_t size)
{
	unsigned log;

	if (size <= 128)
		return size ? (unsigned)(size + 15) / 16 : 1;
	size--;
	log = 63 - (unsigned)__builtin_clzl(size);
	return 9 + (log - 7) * 4 + (unsigned)((size - ((size_t)1 << log)) >> (log - 2));
}

static size_t size_of(unsigned class)
{
	unsigned log = 7 + (class - 9) / 4;

	if (class <= 8)
		return class * 16;
	return ((size_t)1 << log) + ((size_t)((class - 9) % 4 + 1) << (log - 2));
}

/* At least 16 objects to a span. */
static uint32_t span_units(unsigned class)
{
	return class <= 28 ? 1 : class <= 36 ? 4 : 8;
}

/* --- lists of runs and spans --- */

static void list_add(struct arena *arena, uint32_t *head, uint32_t index)
{
	struct unit *unit = unit_of(arena, index);

	unit->previous = 0;
	unit->next = *head;
	if (*head)
		unit_of(arena, *head)->previous = index;
	*head = index;
}

static void list_remove(struct arena *arena, uint32_t *head, uint32_t index)
{
	struct unit *unit = unit_of(arena, index);

	if (unit->previous)
		unit_of(arena, unit->previous)->next = unit->next;
	else
		*head = unit->next;
	if (unit->next)
		unit_of(arena, unit->next)->previous = unit->previous;
}

/* --- runs of units --- */

static unsigned bin_of(uint32_t units)
{
	unsigned bin = 31 - (unsigned)__builtin_clz(units);

	return bin < BINS ? bin : BINS - 1;
}

static void run_insert(struct arena *arena, uint32_t index, uint32_t units, int dirty)
{
	struct unit *first = unit_of(arena, index), *last = unit_of(arena, index + units - 1);

	last->kind = first->kind = FREE;
	last->units = first->units = units;
	last->dirty = first->dirty = (uint8_t)dirty;
	if (dirty)
		arena->dirty += units;
	list_add(arena, &arena->bin[bin_of(units)], index);
}

static void run_take(struct arena *arena, uint32_t index)
{
	struct unit *unit = unit_of(arena, index);

	list_remove(arena, &arena->bin[bin_of(unit->units)], index);
	if (unit->dirty)
		arena->dirty -= unit->units;
	/* Neighbours must not take the ends of what becomes of it for those of a free run. */
	unit_of(arena, index + unit->units - 1)->kind = UNUSED;
	unit->kind = UNUSED;
}

/* Is it within the arena, whatever is in the descriptions? */
static void check_run(uint32_t index, uint32_t units)
{
	if (units == 0 || index < FIRST || (uint64_t)index + units >= UNITS)
		__ukl_fatal("malloc: corrupted memory");
}

static void run_free(struct arena *arena, uint32_t index, uint32_t units)
{
	struct unit *after, *before;

	check_run(index, units);
	after = unit_of(arena, index + units);
	before = unit_of(arena, index - 1);
	if (before->kind == FREE) {
		uint32_t more = before->units;

		run_take(arena, index - more);
		index -= more;
		units += more;
	}
	if (after->kind == FREE) {
		uint32_t more = after->units;

		run_take(arena, (uint32_t)(after - unit_of(arena, 0)));
		units += more;
	}
	check_run(index, units);
	if (arena->dirty + units > KEEP) {
		madvise(address_of(arena, index), (size_t)units << UNIT_SHIFT, MADV_DONTNEED);
		run_insert(arena, index, units, 0);
	} else {
		run_insert(arena, index, units, 1);
	}
}

/* Returns the index of a run or 0; *zero tells whether it holds zeros only. */
static uint32_t run_alloc(struct arena *arena, uint32_t units, int *zero)
{
	uint32_t top;

	for (unsigned bin = bin_of(units); bin < BINS; bin++) {
		for (uint32_t index = arena->bin[bin]; index; index = unit_of(arena, index)->next) {
			struct unit *unit = unit_of(arena, index);
			uint32_t have = unit->units;
			int dirty = unit->dirty;

			if (have < units)
				continue;
			run_take(arena, index);
			check_run(index, units);
			if (have > units)
				run_insert(arena, index + units, have - units, dirty);
			*zero = !dirty;
			return index;
		}
	}
	top = arena->top ? arena->top : FIRST;
	/* One unit stays unused, so that every run has a neighbour. */
	if (top >= UNITS || units >= UNITS - top)
		return 0;
	check_run(top, units);
	arena->top = top + units;
	*zero = 1;
	return top;
}

/* --- small objects --- */

static uint32_t span_new(struct arena *arena, unsigned class)
{
	uint32_t units = span_units(class);
	int zero;
	uint32_t index = run_alloc(arena, units, &zero);
	struct unit *unit;

	if (!index)
		return 0;
	unit = unit_of(arena, index);
	unit->kind = SMALLS;
	unit->class = (uint8_t)class;
	unit->units = units;
	unit->free = NULL;
	unit->used = unit->fresh = 0;
	unit->room = (uint16_t)((units << UNIT_SHIFT) / size_of(class));
	for (uint32_t i = 1; i < units; i++) {
		unit[i].kind = INNER;
		unit[i].units = i;
	}
	list_add(arena, &arena->with_room[class], index);
	return index;
}

static void *small_alloc(struct arena *arena, unsigned class)
{
	uint32_t index = arena->with_room[class];
	struct unit *unit;
	void *object;
	int free;

	if (!index) {
		index = span_new(arena, class);
		if (!index)
			return NULL;
	}
	unit = unit_of(arena, index);
	object = unit->free;
	free = object != NULL;
	if (!free)
		object = address_of(arena, index) + unit->fresh++ * size_of(class);
	/* Both were in memory of the program's, or of an attacker's. */
	if ((uintptr_t)object - (uintptr_t)arena > UKL_HEAP_SIZE - size_of(class))
		__ukl_fatal("malloc: corrupted memory");
	if (free)
		unit->free = *(void **)object;
	if (++unit->used >= unit->room)
		list_remove(arena, &arena->with_room[class], index);
	return object;
}

static void small_free(struct arena *arena, uint32_t index, void *object)
{
	struct unit *unit = unit_of(arena, index);
	unsigned class = unit->class;

	if (class >= CLASSES || unit->used == 0)
		__ukl_fatal("free: corrupted memory or freed twice");
	*(void **)object = unit->free;
	unit->free = object;
	if (unit->used-- == unit->room)
		list_add(arena, &arena->with_room[class], index);
	/* An empty span goes unless it is the last one with room. */
	if (unit->used == 0 && (unit->next || unit->previous)) {
		list_remove(arena, &arena->with_room[class], index);
		for (uint32_t i = 0; i < unit->units; i++)
			unit[i].kind = UNUSED;
		run_free(arena, index, unit->units);
	}
}

/* --- allocation in an arena --- */

/* As Linux without overcommit of the obvious kind: not more than there is. */
static int too_much(size_t size)
{
	static size_t limit;
	struct sysinfo info;

	if (size < (size_t)16 << 20)
		return 0;
	if (!limit && sysinfo(&info) == 0)
		limit = (info.totalram + info.totalswap) * info.mem_unit;
	return size > limit;
}

static void *large_alloc(int id, size_t alignment, size_t size, int *zero)
{
	struct arena *arena = arena_of(id);
	uint32_t units, slack, index, skip;

	if (size > UKL_HEAP_SIZE || alignment > UKL_HEAP_SIZE || too_much(size))
		return NULL;
	units = (uint32_t)((size + UNIT - 1) >> UNIT_SHIFT);
	if (units == 0)
		units = 1;
	slack = alignment > UNIT ? (uint32_t)(alignment >> UNIT_SHIFT) - 1 : 0;
	__ukl_lock(&arena->lock);
	index = run_alloc(arena, units + slack, zero);
	if (index) {
		skip = (uint32_t)((-(uintptr_t)address_of(arena, index) & (alignment - 1)) >> UNIT_SHIFT);
		unit_of(arena, index + skip)->kind = LARGE;
		unit_of(arena, index + skip)->units = units;
		if (skip)
			run_free(arena, index, skip);
		index += skip;
		if (slack > skip)
			run_free(arena, index + units, slack - skip);
	}
	__ukl_unlock(&arena->lock);
	return index ? address_of(arena, index) : NULL;
}

static void *small_alloc_locked(int id, size_t size)
{
	struct arena *arena = arena_of(id);
	void *object;

	__ukl_lock(&arena->lock);
	object = small_alloc(arena, class_of(size));
	__ukl_unlock(&arena->lock);
	return object;
}

/* The shared arena is used by libc before start-up code has run. */
static int shared_ready;

void __ukl_heap_setup(int id)
{
	long got = ukl_sys_mmap(base_of(id), UKL_HEAP_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got != (long)base_of(id))
		__ukl_fatal("no address space for a heap");
	if (id == UKL_ID_SHARED)
		shared_ready = 1;
	else if (ukl_sys_pkey_mprotect(base_of(id), UKL_HEAP_SIZE, PROT_READ | PROT_WRITE, id) != 0)
		__ukl_fatal("cannot give a heap its key");
	ukl_sys_madvise(base_of(id), UKL_HEAP_SIZE, MADV_DONTDUMP);
}

static void *out_of_memory(void *pointer)
{
	if (!pointer)
		errno = ENOMEM;
	return pointer;
}

void *__ukl_alloc(int id, size_t size)
{
	int zero;

	if (!shared_ready)
		__ukl_heap_setup(UKL_ID_SHARED);
	if (size <= SMALL)
		return out_of_memory(small_alloc_locked(id, size));
	return out_of_memory(large_alloc(id, UNIT, size, &zero));
}

void *__ukl_alloc_zeroed(int id, size_t size)
{
	void *pointer;
	int zero = 0;

	if (size <= SMALL) {
		pointer = __ukl_alloc(id, size);
	} else {
		if (!shared_ready)
			__ukl_heap_setup(UKL_ID_SHARED);
		pointer = out_of_memory(large_alloc(id, UNIT, size, &zero));
	}
	if (pointer && !zero)
		memset(pointer, 0, size);
	return pointer;
}

/* alignment: a power of two. Objects of such a size are aligned to it. */
void *__ukl_alloc_aligned(int id, size_t alignment, size_t size)
{
	int zero;

	if (!shared_ready)
		__ukl_heap_setup(UKL_ID_SHARED);
	if (alignment <= 16)
		return __ukl_alloc(id, size);
	if (size <= SMALL && alignment <= SMALL) {
		size_t power = alignment;

		while (power < size)
			power *= 2;
		return out_of_memory(small_alloc_locked(id, power));
	}
	return out_of_memory(large_alloc(id, alignment < UNIT ? UNIT : alignment, size, &zero));
}

/* --- the C library's functions, of which malloc-family.c has the rest --- */

/* The run or span that holds a pointer; ends the program if there is none. */
static struct unit *find(void *pointer, struct arena **arena, uint32_t *index)
{
	int id = __ukl_heap_key(pointer);
	struct unit *unit;

	if (id < 0)
		__ukl_fatal("free: not a pointer from malloc");
	*arena = arena_of(id);
	*index = (uint32_t)(((uintptr_t)pointer - (uintptr_t)*arena) >> UNIT_SHIFT);
	unit = unit_of(*arena, *index);
	if (unit->kind == INNER) {
		*index -= unit->units;
		unit = unit_of(*arena, *index);
	}
	if (unit->kind != SMALLS && unit->kind != LARGE)
		__ukl_fatal("free: not a pointer from malloc, or freed twice");
	return unit;
}

static size_t room_in(const struct unit *unit)
{
	return unit->kind == SMALLS ? size_of(unit->class) : (size_t)unit->units << UNIT_SHIFT;
}

/* The owner is told by the address. Whoever may not write the memory may not
   free it either: the first access to the arena faults and is reported. */
void __ukl_free(void *pointer)
{
	struct arena *arena;
	struct unit *unit;
	uint32_t index;

	if (!pointer)
		return;
	unit = find(pointer, &arena, &index);
	__ukl_lock(&arena->lock);
	if (unit->kind == SMALLS) {
		small_free(arena, index, pointer);
	} else {
		unit->kind = UNUSED;
		run_free(arena, index, unit->units);
	}
	__ukl_unlock(&arena->lock);
}

void free(void *pointer) __attribute__((weak, alias("__ukl_free"), copy(__ukl_free)));

__attribute__((weak)) size_t malloc_usable_size(void *pointer)
{
	struct arena *arena;
	uint32_t index;

	return pointer ? room_in(find(pointer, &arena, &index)) : 0;
}

/* Grows or shrinks a run where it is. */
static int run_resize(struct arena *arena, uint32_t index, size_t size)
{
	struct unit *unit = unit_of(arena, index);
	uint32_t units, have = unit->units;
	int done = 1;

	if (size > UKL_HEAP_SIZE || too_much(size))
		return 0;
	units = (uint32_t)((size + UNIT - 1) >> UNIT_SHIFT);
	if ((uint64_t)index + units >= UNITS)
		return 0;
	__ukl_lock(&arena->lock);
	if (units < have) {
		unit->units = units;
		run_free(arena, index + units, have - units);
	} else if (units > have) {
		struct unit *after = unit_of(arena, index + have);
		uint32_t more = units - have;

		if (after->kind == FREE && after->units >= more) {
			uint32_t found = after->units;
			int dirty = after->dirty;

			run_take(arena, index + have);
			if (found > more)
				run_insert(arena, index + units, found - more, dirty);
		} else if (index + have == arena->top && more < UNITS - arena->top) {
			arena->top += more;
		} else {
			done = 0;
		}
		if (done)
			unit->units = units;
	}
	__ukl_unlock(&arena->lock);
	return done;
}

/* The memory keeps its owner, whoever asks. */
__attribute__((weak)) void *realloc(void *pointer, size_t size)
{
	struct arena *arena;
	struct unit *unit;
	uint32_t index;
	size_t room;
	void *moved;

	if (!pointer)
		return __ukl_alloc(__ukl_heap_for(__builtin_return_address(0)), size);
	if (size == 0) {
		free(pointer);
		return NULL;
	}
	unit = find(pointer, &arena, &index);
	room = room_in(unit);
	/* What is copied is of this arena, whatever is in the description. */
	if (room > UKL_HEAP_SIZE - ((uintptr_t)pointer - (uintptr_t)arena))
		__ukl_fatal("realloc: corrupted memory");
	if (unit->kind == LARGE ? size > SMALL && run_resize(arena, index, size)
				: size <= room && (size > room / 2 || room <= 128))
		return pointer;
	moved = __ukl_alloc(__ukl_heap_key(pointer), size);
	if (moved) {
		memcpy(moved, pointer, size < room ? size : room);
		free(pointer);
	}
	return moved;
}

/* For fork: all arenas, in the order of their ids. Needs the rights to write them. */
void __ukl_heap_lock_all(void)
{
	for (int id = 0; id < UKL_IDS; id++)
		if (id == UKL_ID_SHARED || (__ukl_on && id != UKL_ID_GATE && __ukl_compartments.part[id].name))
			__ukl_lock(&arena_of(id)->lock);
}

void __ukl_heap_unlock_all(void)
{
	for (int id = 0; id < UKL_IDS; id++)
		if (id == UKL_ID_SHARED || (__ukl_on && id != UKL_ID_GATE && __ukl_compartments.part[id].name))
			__ukl_unlock(&arena_of(id)->lock);
}
