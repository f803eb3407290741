/* Compartments: no call changes, replaces or doubles another's mapping, and no memory becomes code. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include "compartments.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static char *relocated, *on_heap;
static int object, segment;
static char *segment_at;

/* Changes to mappings */

static int unmap(void) { return error_of(munmap(victim, PAGE)); }
static int protect(void) { return error_of(mprotect(victim, PAGE, PROT_NONE)); }
static int seal(void) { return error_of(syscall(SYS_mseal, victim, PAGE, 0)); }
static int give(void) { return error_of(pkey_mprotect(own, PAGE, PROT_READ | PROT_WRITE, VICTIM_KEY)); }
static int split(void) { return error_of(mprotect(victim + PAGE, PAGE, PROT_READ)); }

static int map_over(void)
{
	char *page = mmap(victim, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return page == MAP_FAILED ? errno : !page[0] ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int move_away(void)
{
	return mremap(victim, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED ? errno : ATTACK_SUCCEEDED;
}

static int move_over(void)
{
	strcpy(own, "forged");
	if (mremap(own, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, victim) == MAP_FAILED)
		return errno;
	return strcmp(victim, "forged") == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int take(void)
{
	if (pkey_mprotect(victim, PAGE, PROT_READ | PROT_WRITE, OWN_KEY) != 0)
		return errno;
	return is_secret(victim) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int discard(void)
{
	if (madvise(victim, PAGE, MADV_DONTNEED) != 0)
		return errno;
	wrpkru(0);
	return victim[0] ? ATTACK_NO_EFFECT : ATTACK_SUCCEEDED;
}

/* What all may read and none may change has key 0: its pages were read-only at the start. */
static int discard_relocated(void)
{
	if (madvise(relocated, PAGE, MADV_DONTNEED) != 0)
		return errno;
	return relocated[0] == 'r' ? ATTACK_NO_EFFECT : ATTACK_SUCCEEDED;
}

static int write_constant(void)
{
	static const char constant[] = "constant";
	volatile char *page = (char *)((unsigned long)constant & -PAGE);

	if (mprotect((char *)page, PAGE, PROT_READ | PROT_WRITE) != 0)
		return errno;
	*(volatile char *)constant = 'C';
	return *(volatile const char *)constant == 'C' ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int advise_other_way(void)
{
	struct iovec range = { victim, PAGE };

	return error_of(syscall(SYS_process_madvise, pidfd_open(getpid(), 0), &range, 1L, MADV_COLD, 0));
}

static int shrink_heap(void)
{
	if (syscall(SYS_brk, on_heap) != (long)on_heap)
		return ENOMEM;
	return error_of(msync(on_heap, PAGE, MS_ASYNC)) == ENOMEM ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int detach(void)
{
	if (shmdt(segment_at) != 0)
		return errno;
	return error_of(msync(segment_at, PAGE, MS_ASYNC)) == ENOMEM ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

/* A second mapping of what is mapped already */

static int read_secret_in(char *page)
{
	if (page == MAP_FAILED)
		return errno;
	return is_secret(page) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int attach_again(void) { return read_secret_in(shmat(segment, NULL, SHM_RDONLY)); }
static int map_object_again(void) { return read_secret_in(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, object, 0)); }
static int map_object_private(void) { return read_secret_in(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, object, 0)); }

static int duplicate(void)
{
	char *copy = mremap(victim_shared, 0, PAGE, MREMAP_MAYMOVE);

	if (copy == MAP_FAILED)
		return errno;
	wrpkru(0);
	return read_secret_in(copy);
}

static int remap_pages(void)
{
	/* The secret's page appears one page further. */
	if (syscall(SYS_remap_file_pages, victim_shared + PAGE, PAGE, 0, 0, 0) != 0)
		return errno;
	wrpkru(0);
	return read_secret_in(victim_shared + PAGE);
}

static int map_through_proc(void)
{
	char path[80];
	int file;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)victim_shared,
		 (unsigned long)victim_shared + SIZE);
	file = open(path, O_RDWR);
	return file == -1 ? errno : read_secret_in(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0));
}

/* Memory that becomes code: "mov $N, %eax; ret" */

static const unsigned char code[] = { 0xb8, 1, 0, 0, 0, 0xc3 };

static int run_code(char *page)
{
	if (page == MAP_FAILED)
		return errno;
	return ((int (*)(void))(void *)page)() == 2 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int new_code(void)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return errno;
	memcpy(page, code, sizeof(code));
	page[1] = 2;
	return run_code(page);
}

static int data_becomes_code(void)
{
	memcpy(own, code, sizeof(code));
	own[1] = 2;
	return mprotect(own, PAGE, PROT_READ | PROT_EXEC) != 0 ? errno : run_code(own);
}

static int write_code(void)
{
	char *text = (char *)((unsigned long)run_code & -PAGE);

	return error_of(mprotect(text, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int code_in_file(int flags, int file)
{
	char *page;

	if (file == -1 || pwrite(file, code, sizeof(code), 0) != sizeof(code))
		return ATTACK_BROKEN;
	page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, flags, file, 0);
	if (page == MAP_FAILED)
		return errno;
	/* Nothing has run there yet: a private mapping shows the file's page until it is written to. */
	if (pwrite(file, "\2", 1, 1) != 1)
		return ATTACK_BROKEN;
	return run_code(page);
}

static int file_changes(void) { return code_in_file(MAP_PRIVATE, open("/tmp/code", O_RDWR | O_CREAT | O_TRUNC, 0700)); }
static int second_mapping_changes(void) { return code_in_file(MAP_SHARED, memfd_create("code", 0)); }

static int code_in_segment(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	char *data = shmat(id, NULL, 0), *page = shmat(id, NULL, SHM_EXEC | SHM_RDONLY);
	int error = errno;

	shmctl(id, IPC_RMID, NULL);
	if (page == MAP_FAILED)
		return error;
	memcpy(data, code, sizeof(code));
	data[1] = 2;
	return run_code(page);
}

static int reading_implies_code(void)
{
	char *page;

	personality(READ_IMPLIES_EXEC);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return errno;
	memcpy(page, code, sizeof(code));
	page[1] = 2;
	return run_code(page);
}

static int break_implies_code(void)
{
	char *page = (char *)(((uintptr_t)sbrk(0) + 2 * PAGE - 1) & -PAGE);

	personality(READ_IMPLIES_EXEC);
	if (brk(page + PAGE))
		return errno;
	memcpy(page, code, sizeof(code));
	page[1] = 2;
	return run_code(page);
}

static int write_own_image(void)
{
	return error_of(open("/proc/self/exe", O_RDWR));
}

static int keys_can_be_had(void)
{
	/* With the kernel's key on none is left: one is given back first, if that can be done. */
	syscall(SYS_pkey_free, OWN_KEY + 1);
	return syscall(SYS_pkey_alloc, 0, 0) == -1 ? errno : ATTACK_SUCCEEDED;
}

static int free_key(void) { return error_of(syscall(SYS_pkey_free, VICTIM_KEY)); }

static int set_up(void)
{
	int file = open("/tmp/relocated", O_RDWR | O_CREAT | O_TRUNC, 0600);
	long end = syscall(SYS_brk, 0);

	if (file == -1 || ftruncate(file, PAGE) != 0)
		return 0;
	relocated = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	relocated[0] = 'r';
	mprotect(relocated, PAGE, PROT_READ);
	on_heap = (char *)((end + PAGE - 1) & -PAGE);
	if (syscall(SYS_brk, on_heap + PAGE) != (long)(on_heap + PAGE) ||
	    pkey_mprotect(on_heap, PAGE, PROT_READ | PROT_WRITE, VICTIM_KEY) != 0)
		return 0;
	object = memfd_create("object", 0);
	segment = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	segment_at = shmat(segment, NULL, 0);
	if (ftruncate(object, PAGE) != 0 || pwrite(object, SECRET, sizeof(SECRET), 0) < 0 || segment_at == MAP_FAILED)
		return 0;
	strcpy(segment_at, SECRET);
	return pkey_mprotect(segment_at, PAGE, PROT_READ | PROT_WRITE, VICTIM_KEY) == 0 &&
	       pkey_mprotect(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0), PAGE,
			     PROT_READ | PROT_WRITE, VICTIM_KEY) == 0;
}

int main(void)
{
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");
	if (!set_up())
		return perror("set_up"), 1;

	row("munmap of another's page", KEYS, unmap, EPERM);
	row("MAP_FIXED over it", KEYS, map_over, EPERM);
	row("mremap of it", KEYS, move_away, EPERM);
	row("mremap onto it", KEYS, move_over, EPERM);
	row("mprotect of it", KEYS, protect, EPERM);
	row("mprotect in the middle of a mapping", KEYS, split, EPERM);
	row("pkey_mprotect of it to one's own key", KEYS, take, EPERM);
	row("pkey_mprotect of one's own page to another's key", KEYS, give, EACCES);
	row("madvise(MADV_DONTNEED) of it", KEYS, discard, EPERM);
	row("process_madvise of it", KEYS, advise_other_way, EPERM);
	row("mseal of it", KEYS, seal, EPERM);
	row("brk below another's page", KEYS, shrink_heap, ENOMEM);
	row("shmdt of another's segment", KEYS, detach, ATTACK_NO_EFFECT);
	row("mprotect of a constant", KEYS, write_constant, EPERM);
	row("madvise(MADV_DONTNEED) of relocated data", KEYS, discard_relocated, EPERM);

	row("shmat of another's segment again", KEYS, attach_again, EACCES);
	row("mmap of another's object again", KEYS, map_object_again, EACCES);
	row("private mmap of it", KEYS, map_object_private, EACCES);
	row("mremap with length 0 of another's shared page", KEYS, duplicate, EPERM);
	row("remap_file_pages there", KEYS, remap_pages, EACCES);
	row("mmap through /proc/self/map_files", KEYS, map_through_proc, EPERM);

	row("writable code", KEYS, new_code, EACCES);
	row("mprotect of data to code", KEYS, data_becomes_code, EACCES);
	row("mprotect of code to writable", KEYS, write_code, EACCES);
	row("code from a file that changes", KEYS, file_changes, EACCES);
	row("code mapped twice, once writable", KEYS, second_mapping_changes, EACCES);
	row("code in a System V segment", KEYS, code_in_segment, EACCES);
	row("READ_IMPLIES_EXEC", KEYS, reading_implies_code, EACCES);
	row("the heap of brk() too", KEYS, break_implies_code, ENOMEM);
	report(attack_with(KEYS, write_own_image) == ETXTBSY && attack_with(COMPARTMENTS, write_own_image) == ETXTBSY,
	       "the running image cannot be opened for writing");
	compartment_flags = UKL_COMPARTMENTS_WX;
	report(attack_with(COMPARTMENTS, new_code) == ATTACK_SUCCEEDED &&
	       attack_with(COMPARTMENTS, file_changes) == ATTACK_SUCCEEDED, "with allow-wx there is new code");
	report(attack_with(COMPARTMENTS, unmap) == EPERM, "but all else holds");
	compartment_flags = 0;

	row("pkey_alloc", KEYS, keys_can_be_had, ENOSPC);
	row("pkey_free of another's key", KEYS, free_key, EPERM);
	shmctl(segment, IPC_RMID, NULL);
	return report_summary();
}
