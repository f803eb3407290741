/* Lets the kernel change page tables in all its ways: huge pages made, split and collapsed, merged pages, migration,
 * hugetlbfs, protection, moves, forks; two threads and children at a time. Prints how often it did what. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1ul << 20)
#define ROUNDS 12
#define FORKS 8

static void set(const char *path, const char *value)
{
	int file = open(path, O_WRONLY);

	if (file < 0 || write(file, value, strlen(value)) < 0)
		printf("%s: cannot be set\n", path);
	close(file);
}

static char *memory(size_t size, int flags)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (at == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return at;
}

static void *churn(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *at = memory(6 * MIB, 0), *huge = (char *)(((unsigned long)at + 2 * MIB - 1) & -(2 * MIB)), *moved;

		madvise(at, 6 * MIB, MADV_HUGEPAGE);
		memset(at, i, 6 * MIB);
		mprotect(huge + 4096, 8192, PROT_READ);
		mprotect(huge, 2 * MIB, PROT_READ | PROT_WRITE);
		madvise(huge + 65536, 65536, MADV_DONTNEED);
		huge[65536] = 1;
		madvise(huge, 2 * MIB, MADV_COLD);
		madvise(huge, 2 * MIB, MADV_FREE);
		moved = mremap(at, 6 * MIB, 12 * MIB, MREMAP_MAYMOVE);
		if (moved == MAP_FAILED)
			exit(1);
		moved[11 * MIB] = 2;
		munmap(moved, 12 * MIB);
	}
	return unused;
}

static void in_child(char *merged, char *huge, int i)
{
	*huge = (char)i;
	for (unsigned long at = 0; at < 8 * MIB; at += 7 * 4096)
		merged[at] = (char)i;
	madvise(merged, 8 * MIB, MADV_DONTNEED);
	mprotect(huge, 2 * MIB, PROT_READ);
	_exit(0);
}

static void print_counters(void)
{
	static const char *const names[] = { "thp_fault_alloc ", "thp_collapse_alloc ", "thp_split_pmd ", "pgmigrate_success " };
	char line[200];
	FILE *file = fopen("/proc/vmstat", "r");

	while (file && fgets(line, sizeof(line), file))
		for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (strncmp(line, names[i], strlen(names[i])) == 0)
				fputs(line, stdout);
	file = fopen("/sys/kernel/mm/ksm/pages_sharing", "r");
	if (file && fgets(line, sizeof(line), file))
		printf("ksm_sharing %s", line);
}

int main(void)
{
	pthread_t threads[2];
	char *merged, *huge;
	int status, bad = 0;

	set("/sys/kernel/mm/transparent_hugepage/enabled", "always");
	set("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "1");
	set("/sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan", "4096");
	set("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	set("/sys/kernel/mm/ksm/pages_to_scan", "2000");
	set("/sys/kernel/mm/ksm/run", "1");
	set("/proc/sys/vm/nr_hugepages", "8");
	merged = memory(8 * MIB, 0);
	memset(merged, 7, 8 * MIB);
	madvise(merged, 8 * MIB, MADV_MERGEABLE);
	huge = memory(8 * MIB, MAP_HUGETLB);
	memset(huge, 1, 8 * MIB);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, churn, NULL);
	for (int i = 0; i < FORKS; i++) {
		pid_t child = fork();

		if (child == 0)
			in_child(merged, huge, i);
		if (waitpid(child, &status, 0) != child || status != 0)
			bad++;
		for (unsigned long at = 0; at < 8 * MIB; at += 64 * 4096)
			merged[at] = 7;
		mprotect(huge, 4 * MIB, PROT_READ);
		mprotect(huge, 4 * MIB, PROT_READ | PROT_WRITE);
		set("/proc/sys/vm/compact_memory", "1");
		set("/proc/self/clear_refs", "1");
		set("/proc/self/clear_refs", "4");
		usleep(30000);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (unsigned long at = 0; at < 8 * MIB; at++)
		bad += merged[at] != 7;
	print_counters();
	printf("wrong %d\n", bad);
	return 0;
}
