/* Compartments: calls on another's memory, or about the whole process, that are allowed because they change neither
 * contents nor rights. Each must do with compartments what it does without, and leave the secret where it was,
 * under its key and out of reach. */
// test: smp=2
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "compartments.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

/* The key of the mapping at an address, as the kernel says, or -1. */
static int key_of(const char *address)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	char line[256];
	unsigned long low, high;
	int here = 0, key = -1;

	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &low, &high) == 2)
			here = low <= (uintptr_t)address && (uintptr_t)address < high;
		else if (here)
			sscanf(line, "ProtectionKey: %d", &key);
	}
	if (smaps)
		fclose(smaps);
	return key;
}

enum { CALL, SECRETS, REACHED, SLOTS };

struct probe {
	attack_fn *call;
	enum rights rights;
};

static void probe_in_child(void *arg)
{
	const struct probe *probe = arg;
	int result;

	enter(probe->rights);
	result = probe->call();
	last_result[CALL] = result;
	wrpkru(0);
	last_result[SECRETS] = is_secret(victim) && is_secret(victim_shared) && key_of(victim) == VICTIM_KEY &&
			       key_of(victim_shared) == VICTIM_KEY;
	wrpkru(ATTACKER);
	last_result[REACHED] = is_secret(victim) || is_secret(victim_shared);
}

static int probe_with(enum rights rights, attack_fn *call)
{
	struct probe probe = { call, rights };

	for (int i = 0; i < SLOTS; i++)
		last_result[i] = ATTACK_BROKEN;
	strcpy(victim_shared, SECRET);
	return in_child(probe_in_child, &probe);
}

static void harmless(const char *name, attack_fn *call)
{
	int status = probe_with(KEYS, call), without = last_result[CALL], with;

	(void)status;
	status = probe_with(COMPARTMENTS, call);
	with = last_result[CALL];
	/* Still behind its key: the look at it killed the child. */
	report(without == with && last_result[SECRETS] == 1 && last_result[REACHED] == ATTACK_BROKEN &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	       "%s: without: %s, with: %s", name, result_word(without), result_word(with));
}

static int locks(void)
{
	return error_of(mlock(victim, PAGE)) ?: error_of(munlock(victim, PAGE));
}

static int binds(void)
{
	unsigned long node = 1;

	return error_of(syscall(SYS_mbind, victim, PAGE, 2, &node, 64, 0));
}

static int moves(void)
{
	void *page = victim;
	int node = 0, status = 0;

	return error_of(syscall(SYS_move_pages, 0, 1UL, &page, &node, &status, 0));
}

static int is_in_core(void)
{
	unsigned char there = 0;

	return error_of(mincore(victim, PAGE, &there)) ?: !(there & 1);
}

static int syncs(void)
{
	return error_of(msync(victim_shared, PAGE, MS_SYNC | MS_INVALIDATE));
}

static int names(void)
{
	return error_of(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, victim, PAGE, "mine"));
}

/* Pages of the same contents become one, which is copied when it is written to. */
static int merges(void)
{
	strcpy(own, SECRET);
	return error_of(prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0));
}

/* Does a file of /proc hold the secret, or can it not be read? */
static int tells(const char *path)
{
	static char text[1 << 18];
	int file = open(path, O_RDONLY);
	ssize_t size, total = 0;

	if (file < 0)
		return errno;
	while (total < (ssize_t)sizeof(text) && (size = read(file, text + total, sizeof(text) - (size_t)total)) > 0)
		total += size;
	close(file);
	return total <= 0 || memmem(text, (size_t)total, SECRET, strlen(SECRET)) ? ATTACK_NO_EFFECT : 0;
}

static int maps(void)
{
	return tells("/proc/self/maps") ?: tells("/proc/self/smaps");
}

/* A page's frame, which is of no use without /dev/mem. */
static int pagemap(void)
{
	uint64_t entry = 0;
	int file = open("/proc/self/pagemap", O_RDONLY);
	ssize_t size = pread(file, &entry, 8, (off_t)((uintptr_t)victim / PAGE * 8));

	return file < 0 || size < 0 ? errno : !(entry >> 63);
}

static int writes(const char *path, const char *text)
{
	int file = open(path, O_WRONLY);

	return file < 0 || write(file, text, strlen(text)) < 0 ? errno : 0;
}

static int clears_references(void)
{
	return writes("/proc/self/clear_refs", "1") ?: writes("/proc/self/clear_refs", "4");
}

static int filters_cores(void)
{
	return writes("/proc/self/coredump_filter", "0xff");
}

static int compares(void)
{
	return error_of(syscall(SYS_kcmp, getpid(), getppid(), KCMP_VM, 0, 0));
}

/* As if another's page had been touched: the report may be wrong, rights are not. */
static int forges_information(void)
{
	siginfo_t info = { .si_signo = SIGUSR2, .si_code = SI_QUEUE };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR2, &info) != 0)
		return errno;
	return sigwaitinfo(&set, &info) == SIGUSR2 && info.si_code == SI_QUEUE ? 0 : ATTACK_NO_EFFECT;
}

static int lowers_limits(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };

	return error_of(setrlimit(RLIMIT_STACK, &limit)) ?: error_of(setpriority(PRIO_PROCESS, 0, 10));
}

static int sets_segments(void)
{
	char descriptor[16] = { 0 };

	return error_of(syscall(SYS_modify_ldt, 1, descriptor, 16UL));
}

static int sets_thread_area(void)
{
	char descriptor[16] = { 0 };

	return error_of(syscall(SYS_set_thread_area, descriptor));
}

int main(void)
{
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");
	harmless("mlock and munlock", locks);
	harmless("mbind", binds);
	harmless("move_pages", moves);
	harmless("mincore", is_in_core);
	harmless("msync", syncs);
	harmless("PR_SET_VMA", names);
	harmless("PR_SET_MEMORY_MERGE", merges);
	harmless("/proc/self/maps and smaps", maps);
	harmless("/proc/self/pagemap", pagemap);
	harmless("/proc/self/clear_refs", clears_references);
	harmless("/proc/self/coredump_filter", filters_cores);
	harmless("kcmp", compares);
	harmless("a forged siginfo", forges_information);
	harmless("limits and priorities", lowers_limits);
	harmless("modify_ldt", sets_segments);
	harmless("set_thread_area", sets_thread_area);
	return report_summary();
}
