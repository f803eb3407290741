/* What a program on one of two CPUs reaches of the other's entry area, where a CPU has its GDT, its TSS and the stacks of
 * interrupts; and whether its own memory is the same on both while top-level entries of the page tables come and go.
 *
 *	other-cpu area			which parts each CPU reaches of its own area and of the other's
 *	other-cpu tables		what the page tables of the area have in common; with the kernel's key open
 *	other-cpu churn ROUNDS		regions of 512 GiB, in two processes with a thread on each CPU
 *	other-cpu processes COUNT	fork and exec; how much memory is gone at the end
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "direct-map.h"
#include "entry-area.h"

#define CPUS 2
#define AREA_BASE 0xfffffe0000000000

static __thread sigjmp_buf back;

static void on_segv(int signo)
{
	siglongjmp(back, signo);
}

static void move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || sched_getcpu() != cpu) {
		puts("cannot move");
		exit(2);
	}
}

/* The area */

static struct place {
	char name[8];
	uint64_t address;
	int stack;
} places[CPUS][10];

#define STACK_SIZE 4096

static int reaches(const struct place *place, uint64_t value)
{
	if (sigsetjmp(back, 1))
		return 0;
	(void)*(volatile uint64_t *)place->address;
	if (place->stack)
		*(volatile uint64_t *)place->address = value;
	return 1;
}

static void find(int cpu)
{
	struct place *place = places[cpu];

	move_to(cpu);
	*place++ = (struct place){ "gdt", gdt_base(), 0 };
	*place++ = (struct place){ "tss", tss_base(), 0 };
	for (int i = 0; i < IST_STACKS; i++) {
		uint64_t top = (uint64_t)ist_stack(i);

		if (!top)
			continue;
		snprintf(place->name, sizeof(place->name), "ist%d", i + 1);
		/* Where the stack ends: nobody gets there. */
		place->address = top - STACK_SIZE;
		place->stack = 1;
		/* Not all are mapped. */
		if (reaches(place, 0))
			place++;
		else
			place->address = 0;
	}
}

/* The thread on @at writes, the one on the stack's own CPU reads. */
static void survey(const char *who)
{
	for (int at = 0; at < CPUS; at++) {
		for (int of = 0; of < CPUS; of++) {
			printf("%s %s:", who, at == of ? "own" : "other");
			for (const struct place *place = places[of]; place->address; place++) {
				uint64_t value = (uint64_t)(at + 1) << 32 | (unsigned)rand();
				int reached;

				move_to(at);
				reached = reaches(place, value);
				move_to(of);
				if (place->stack && reached != (*(volatile uint64_t *)place->address == value))
					printf(" WRONG");
				if (reached)
					printf(" %s", place->name);
			}
			putchar('\n');
		}
	}
	fflush(stdout);
}

static void *survey_in_thread(void *who)
{
	survey(who);
	return NULL;
}

static int area(const char *life)
{
	pthread_t thread;
	pid_t child;

	for (int cpu = 0; cpu < CPUS; cpu++)
		find(cpu);
	if (life) {
		survey(life);
		return 0;
	}
	survey("process");
	pthread_create(&thread, NULL, survey_in_thread, "thread");
	pthread_join(thread, NULL);
	child = fork();
	if (child == 0) {
		survey("child");
		execl("/proc/self/exe", "other-cpu", "area", "exec", NULL);
	}
	waitpid(child, NULL, 0);
	return 0;
}

/* The page tables */

static struct page { uint64_t address, entry; } pages[CPUS][1024];
static int page_count[CPUS];

static void walk(int cpu, uint64_t entry, int level, uint64_t address)
{
	uint64_t table[512] = { 0 };

	copy_open(table, DIRECT_MAP + (entry & FRAME), 512);
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t here = address + (i << (3 + 9 * level));

		if (level == LEVELS && i != (AREA_BASE >> 39 & 511))
			continue;
		if (is_table(table[i], level))
			walk(cpu, table[i], level - 1, here);
		else if (level == 1 && (table[i] & FRAME) && page_count[cpu] < 1024)
			pages[cpu][page_count[cpu]++] = (struct page){ here, table[i] };
	}
}

static int tables(void)
{
	int common = 0, writable = 0, code = 0;

	for (int cpu = 0; cpu < CPUS; cpu++) {
		move_to(cpu);
		walk(cpu, read_cr3(), LEVELS, 0xffff000000000000);
	}
	for (int i = 0; i < page_count[0]; i++) {
		/* By frame, wherever it is mapped. */
		for (int j = 0; j < page_count[1]; j++) {
			uint64_t entry = pages[0][i].entry;

			if ((entry & FRAME) != (pages[1][j].entry & FRAME))
				continue;
			common++;
			writable += (entry & WRITABLE) || (pages[1][j].entry & WRITABLE);
			code += !(entry & NX);
		}
	}
	for (int cpu = 0; cpu < CPUS; cpu++) {
		int own_code = 0;

		for (int i = 0; i < page_count[cpu]; i++)
			own_code += !(pages[cpu][i].entry & NX);
		printf("# cpu %d: %d pages\n", cpu, page_count[cpu]);
		printf("code %d\n", own_code);
	}
	printf("common %d writable %d code %d\n", common, writable, code);
	return 0;
}

/* Top-level entries */

#define REGION (1ul << 39)
#define FIRST 32
#define REGIONS 40

static pthread_barrier_t barrier;
static int rounds, wrong;
static uint64_t seed;

static volatile uint64_t *word(int region)
{
	return (volatile uint64_t *)((FIRST + region) * REGION + 0x123456000);
}

static int faults(int region)
{
	if (sigsetjmp(back, 1))
		return 1;
	(void)*word(region);
	return 0;
}

static uint64_t value_of(int round, int region, int who)
{
	return seed + ((uint64_t)round << 24) + ((uint64_t)region << 8) + (uint64_t)who;
}

/* Both CPUs by turns make the regions, write first and take them away. */
static void *turns(void *argument)
{
	int me = (int)(long)argument, lost = 0;

	move_to(me);
	for (int round = 0; round < rounds; round++) {
		int first = (round & 1) == me;

		for (int i = 0; first && i < REGIONS; i++) {
			if (mmap((void *)((FIRST + i) * REGION), REGION, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
				exit(3);
			lost += *word(i) != 0;
			*word(i) = value_of(round, i, 0);
		}
		pthread_barrier_wait(&barrier);
		for (int i = 0; !first && i < REGIONS; i++) {
			lost += *word(i) != value_of(round, i, 0);
			*word(i) = value_of(round, i, 1);
		}
		pthread_barrier_wait(&barrier);
		for (int i = 0; first && i < REGIONS; i++) {
			lost += *word(i) != value_of(round, i, 1);
			munmap((void *)((FIRST + i) * REGION), REGION);
		}
		pthread_barrier_wait(&barrier);
		for (int i = 0; i < REGIONS; i++)
			lost += !faults(i);
		pthread_barrier_wait(&barrier);
	}
	__atomic_fetch_add(&wrong, lost, __ATOMIC_RELAXED);
	return NULL;
}

static int churn(int count)
{
	pthread_t thread;
	pid_t child;
	int status = -1;

	rounds = count;
	child = fork();
	seed = (uint64_t)getpid() << 40;
	pthread_barrier_init(&barrier, NULL, CPUS);
	pthread_create(&thread, NULL, turns, (void *)1l);
	turns((void *)0l);
	pthread_join(thread, NULL);
	if (child == 0)
		_exit(wrong != 0);
	waitpid(child, &status, 0);
	printf("wrong %d %d\n", wrong, status);
	return 0;
}

/* Processes */

static long free_memory(void)
{
	char line[128];
	long free = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && free < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "MemFree: %ld", &free);
	if (file)
		fclose(file);
	return free;
}

static int processes(int count)
{
	long before = 0;
	int failed = 0;

	/* The first fill caches. */
	for (int i = -count / 4; i < count; i++) {
		int status = -1;
		pid_t child;

		if (i == 0)
			before = free_memory();
		child = fork();
		if (child == 0) {
			/* Every other one has entries of its own, and ends with them. */
			if ((i & 1) && mmap((void *)(FIRST * REGION), REGION, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED)
				*word(0) = 1;
			if (i % 4 == 0)
				_exit(7);
			execl("/proc/self/exe", "other-cpu", "seven", NULL);
		}
		failed += child < 0 || waitpid(child, &status, 0) != child || status != 7 << 8;
	}
	printf("failed %d lost %ld KiB\n", failed, before - free_memory());
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_segv, .sa_flags = SA_NODEFER };
	const char *what = argc > 1 ? argv[1] : "", *more = argc > 2 ? argv[2] : NULL;

	sigaction(SIGSEGV, &action, NULL);
	if (strcmp(what, "area") == 0)
		return area(more);
	if (strcmp(what, "tables") == 0)
		return tables();
	if (strcmp(what, "churn") == 0 && more)
		return churn(atoi(more));
	if (strcmp(what, "processes") == 0 && more)
		return processes(atoi(more));
	return strcmp(what, "seven") == 0 ? 7 : 2;
}
