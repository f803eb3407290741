/* Attacks of one compartment on another by system calls.
 *
 * Keys are set up by hand: "victim" has one, with a secret in it; "own" is the attacker's;
 * "gate" is for whoever switches compartments. An attack runs in a child with the attacker's
 * PKRU, first without protection, then with it, and both results are one line:
 *
 *	ok - munmap of another's page: without: succeeded, with: EPERM
 *
 * An attack returns ATTACK_SUCCEEDED only if it has seen its effect. */
#ifndef COMPARTMENTS_H
#define COMPARTMENTS_H

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

/* As in the kernel's asm/ukl_compartment.h. */
#define ARCH_UKL_COMPARTMENTS 0x554b0001
#define UKL_COMPARTMENTS_WX 1
#define UKL_COMPARTMENTS_DUMP 2

#define VICTIM_KEY 1
#define OWN_KEY 2
#define GATE_KEY 13
#define ALL_KEYS 0x3fff

#define PAGE 4096UL
#define SIZE (4 * PAGE)
#define SECRET "the victim's secret"

/* Results of an attack beside errno's numbers; a signal that killed it is negative. */
#define ATTACK_SUCCEEDED 0
#define ATTACK_NO_EFFECT 10000
#define ATTACK_BROKEN 10001	/* the test itself, not the protection */

typedef int attack_fn(void);

/* How the process is while an attack runs. */
enum rights {
	OPEN,		/* every key open: what the kernel does for PKRU alone is shown too */
	KEYS,		/* the attacker's PKRU, as on any Linux */
	COMPARTMENTS,	/* and the process has compartments */
};

/* Memory for all attacks: four pages each; last_result is shared with the children. */
static char *victim, *victim_shared, *own, *gate;
static volatile int *last_result;
static unsigned compartment_flags;

static inline unsigned rdpkru(void)
{
	unsigned low, high;

	__asm__ volatile("rdpkru" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static inline void wrpkru(unsigned pkru)
{
	__asm__ volatile("wrpkru" : : "a"(pkru), "c"(0), "d"(0) : "memory");
}

/* PKRU with the keys of the mask open, the gate's readable, and all others closed. */
static inline unsigned pkru_of(unsigned keys)
{
	unsigned pkru = 0;

	for (int key = 0; key < 16; key++)
		if (!(keys >> key & 1))
			pkru |= (key == GATE_KEY ? 2U : 1U) << 2 * key;
	return pkru;
}

#define ATTACKER pkru_of(1U << 0 | 1U << OWN_KEY)

/* Of a PKRU, what says something: with its own key on the kernel may close key 14 for writes, which is closed for all. */
#define MEANING(pkru) ((pkru) & ~(2U << 28))

static inline long start_compartments(unsigned flags)
{
	return syscall(SYS_arch_prctl, ARCH_UKL_COMPARTMENTS,
		       ALL_KEYS | (unsigned long)GATE_KEY << 16 | (unsigned long)flags << 32);
}

static inline void enter(enum rights rights)
{
	wrpkru(0);
	if (rights == COMPARTMENTS && start_compartments(compartment_flags) != 0) {
		perror("start_compartments");
		_exit(1);
	}
	if (rights != OPEN)
		wrpkru(ATTACKER);
}

/* Is the secret in a buffer? */
static inline int is_secret(const char *buffer)
{
	return memcmp(buffer, SECRET, sizeof(SECRET)) == 0;
}

/* 0 or errno of a call that returns -1 on failure */
static inline int error_of(long result)
{
	return result == -1 ? errno : 0;
}

/* False if the machine has no protection keys. */
static inline int attacks_possible(void)
{
	char *memory = mmap(NULL, 4 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int key = 1; key <= GATE_KEY; key++)
		if (syscall(SYS_pkey_alloc, 0, 0) != key)
			return 0;
	last_result = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* A page without access on both sides of each keeps mappings apart. */
	mprotect(memory, 4 * SIZE, PROT_NONE);
	victim = memory + PAGE;
	own = victim + SIZE;
	gate = own + SIZE;
	victim_shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (syscall(SYS_pkey_mprotect, victim, SIZE - PAGE, PROT_READ | PROT_WRITE, VICTIM_KEY) != 0 ||
	    syscall(SYS_pkey_mprotect, own, SIZE - PAGE, PROT_READ | PROT_WRITE, OWN_KEY) != 0 ||
	    syscall(SYS_pkey_mprotect, gate, SIZE - PAGE, PROT_READ | PROT_WRITE, GATE_KEY) != 0 ||
	    syscall(SYS_pkey_mprotect, victim_shared, SIZE, PROT_READ | PROT_WRITE, VICTIM_KEY) != 0)
		return 0;
	wrpkru(0);
	strcpy(victim, SECRET);
	strcpy(victim_shared, SECRET);
	return 1;
}

struct attack {
	attack_fn *attack;
	enum rights rights;
};

static inline void attack_in_child(void *arg)
{
	const struct attack *attack = arg;

	enter(attack->rights);
	*last_result = attack->attack();
}

static inline int attack_with(enum rights rights, attack_fn *attack)
{
	struct attack what = { attack, rights };
	int status;

	*last_result = ATTACK_BROKEN;
	strcpy(victim_shared, SECRET);
	status = in_child(attack_in_child, &what);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : *last_result;
}

static inline const char *result_word(int result)
{
	static char text[2][32];
	static int next;

	if (result == ATTACK_SUCCEEDED)
		return "succeeded";
	if (result == ATTACK_NO_EFFECT)
		return "no effect";
	next = !next;
	if (result < 0)
		snprintf(text[next], sizeof(text[next]), "SIG%s", sigabbrev_np(-result));
	else if (result == ATTACK_BROKEN || !strerrorname_np(result))
		snprintf(text[next], sizeof(text[next]), "%d?", result);
	else
		return strerrorname_np(result);
	return text[next];
}

/* The attack must succeed with the given rights, and with compartments fail in the expected way. */
static inline void row(const char *name, enum rights without, attack_fn *attack, int expected)
{
	int before = attack_with(without, attack), after = attack_with(COMPARTMENTS, attack);

	report(before == ATTACK_SUCCEEDED && after == expected, "%s: without: %s, with: %s", name,
	       result_word(before), result_word(after));
}

#endif
