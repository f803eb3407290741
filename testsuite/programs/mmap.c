/* mmap, mprotect, mremap, munmap, madvise, msync, mincore: what the calls promise. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"
#include "child.h"

enum { PAGE = 4096 };

static void touch(void *address)
{
	*(volatile char *)address = 1;
}

static int segv(void *address)
{
	struct fault fault = fault_of(touch, address);

	return fault.killed_by == SIGSEGV && fault.addr == address;
}

static char *anonymous(size_t size, int protection)
{
	return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void files(void)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	char *shared, *private_map, byte;

	if (file < 0 || ftruncate(file, 4 * PAGE) != 0)
		exit(1);
	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	private_map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	shared[PAGE] = 's';
	report(pread(file, &byte, 1, PAGE) == 1 && byte == 's', "a shared write reaches the file");
	report(private_map[PAGE] == 's', "a private mapping shows it");
	private_map[PAGE] = 'p';
	report(shared[PAGE] == 's' && private_map[PAGE] == 'p', "a private write stays private");
	report(msync(shared, 4 * PAGE, MS_SYNC) == 0, "msync");
	report(pwrite(file, "w", 1, 2 * PAGE) == 1 && shared[2 * PAGE] == 'w', "write(2) shows in the mapping");
	munmap(shared, 4 * PAGE);
	munmap(private_map, 4 * PAGE);
	close(file);
}

static void remaps(void)
{
	char *memory = anonymous(4 * PAGE, PROT_READ | PROT_WRITE), *grown, *place;

	for (int i = 0; i < 4; i++)
		memory[i * PAGE] = (char)('a' + i);
	grown = mremap(memory, 4 * PAGE, 1024 * PAGE, MREMAP_MAYMOVE);
	report(grown != MAP_FAILED && grown[0] == 'a' && grown[3 * PAGE] == 'd' && grown[1023 * PAGE] == 0,
	       "mremap grows and keeps contents");
	place = anonymous(1024 * PAGE, PROT_NONE);
	memory = mremap(grown, 1024 * PAGE, 1024 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	report(memory == place && memory[PAGE] == 'b', "mremap moves to a fixed place");
	report(segv(grown), "the old place is gone");
	report(mremap(memory, 1024 * PAGE, PAGE, 0) == memory && segv(memory + PAGE), "mremap shrinks");
}

int main(void)
{
	char *memory = anonymous(16 * PAGE, PROT_READ | PROT_WRITE), *fixed;
	const void *volatile nowhere = (const void *)8;
	unsigned char resident[4];
	int status;

	memset(memory, 'm', 16 * PAGE);
	report(mprotect(memory + PAGE, PAGE, PROT_READ) == 0 && memory[PAGE] == 'm', "read-only memory is read");
	report(segv(memory + PAGE), "and not written");
	report(mprotect(memory + PAGE, PAGE, PROT_NONE) == 0 && segv(memory + PAGE), "PROT_NONE");
	report(!segv(memory) && !segv(memory + 2 * PAGE), "its neighbours are untouched");
	mprotect(memory + PAGE, PAGE, PROT_READ | PROT_WRITE);
	report(memory[PAGE] == 'm' && !segv(memory + PAGE), "and back");
	report(munmap(memory + 4 * PAGE, PAGE) == 0 && segv(memory + 4 * PAGE), "munmap makes a hole");
	fixed = mmap(memory + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	report(fixed == memory + 4 * PAGE && *fixed == 0, "a fixed mapping fills it with zeros");
	errno = 0;
	report(mmap(memory, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED &&
	       errno == EEXIST, "MAP_FIXED_NOREPLACE refuses an occupied place");
	report(madvise(memory, PAGE, MADV_DONTNEED) == 0 && memory[0] == 0, "MADV_DONTNEED gives zeros");
	report(madvise(memory + 2 * PAGE, PAGE, MADV_DONTFORK) == 0, "MADV_DONTFORK");
	status = in_child(touch, memory + 2 * PAGE);
	report(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "the child lacks that page");
	report(mincore(memory, 4 * PAGE, resident) == 0 && (resident[3] & 1), "mincore");
	report(mlock(memory, PAGE) == 0 && munlock(memory, PAGE) == 0, "mlock");
	errno = 0;
	report(write(1, nowhere, 1) == -1 && errno == EFAULT, "write(2) from nowhere gives EFAULT");
	report(read(open("/dev/zero", O_RDONLY), (void *)(uintptr_t)0xffffffff81000000, 8) == -1 && errno == EFAULT,
	       "read(2) into the kernel gives EFAULT");
	report(sbrk(1 << 20) != (void *)-1 && sbrk(-(1 << 20)) != (void *)-1, "brk grows and shrinks");
	files();
	remaps();
	return report_summary();
}
