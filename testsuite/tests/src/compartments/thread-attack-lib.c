/* Stores the address of its own code into the control block of whichever thread is created next. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ukl/compartment.h>
#include "table.h"
#include "thread-attack.h"

#define WORDS 288	/* of libc's struct pthread */
#define MOST 8

static struct result *result;
static const volatile unsigned long *secret;
static volatile uint64_t *found[MOST];
static volatile int count, stop;
static sigjmp_buf back;
static pthread_t own;
static int closed;	/* the vault, to the library: it is not where nothing is protected */

/* Is it an address of code? */
static int is_code(uint64_t value)
{
	for (int id = 0; id < UKL_IDS; id++)
		if (value >= (uint64_t)__ukl_compartments.part[id].text && value < (uint64_t)__ukl_compartments.part[id].text_end)
			return 1;
	return 0;
}

static uint32_t rights(void)
{
	uint32_t value;

	__asm__ volatile("rdpkru" : "=a"(value) : "c"(0) : "rdx");
	return value;
}

static int vault(void)
{
	for (int id = 0; id < UKL_IDS; id++)
		if (__ukl_compartments.part[id].name && !strcmp(__ukl_compartments.part[id].name, "vault"))
			return id;
	return 0;
}

/* In a thread that is not the library's, with whatever rights. A label, no function: its address is not that of a gate. */
static void *hit(void *argument) __attribute__((used));
static void *hit(void *argument)
{
	if (closed && (rights() >> 2 * vault() & 1))
		result->hits++;
	else if (*secret == SECRET)
		result->leaks++;
	return argument;
}
__asm__(".section .rodata\nhit_address: .quad hit_label\n.text\nhit_label: jmp hit\n");
extern const uint64_t hit_address;

/* Where the control block of a thread is, with the words that hold addresses of code. It is the next one's, too. */
static void *scout(void *argument)
{
	volatile uint64_t *word = (uint64_t *)pthread_self();

	for (int i = 0; i < WORDS && count < MOST; i++)
		if (is_code(word[i]))
			found[count++] = &word[i];
	return argument;
}

static void on_signal(int signo)
{
	(void)signo;
	siglongjmp(back, 1);
}

static void *storm(void *argument)
{
	sigsetjmp(back, 1);
	while (!stop)
		for (int i = 0; i < count; i++) {
			*found[i] = hit_address;
			result->tries++;
		}
	return argument;
}

int lib_begin(struct result *shared, const volatile unsigned long *where)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;

	result = shared;
	secret = where;
	closed = ukl_compartment_of((const void *)where) != ukl_compartment_self();
	sigaction(SIGSEGV, &action, NULL);
	if (pthread_create(&thread, NULL, scout, NULL) != 0)
		return 0;
	pthread_join(thread, NULL);
	/* Two, so that the storm is not where the scout was. */
	if (pthread_create(&own, NULL, storm, NULL) != 0)
		return 0;
	count = 0;
	if (pthread_create(&thread, NULL, scout, NULL) != 0)
		return 0;
	pthread_join(thread, NULL);
	return count > 0;
}

void lib_end(void)
{
	stop = 1;
	pthread_join(own, NULL);
}
