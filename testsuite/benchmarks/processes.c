/* Memory, signals and processes. */
#include "bench.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 64

static char *area;

static void map_touch_unmap(unsigned count)
{
	while (count--) {
		char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		require(page != MAP_FAILED);
		*page = 1;
		require(!munmap(page, 4096));
	}
}

static void prepare_faults(void)
{
	area = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(area != MAP_FAILED && !madvise(area, PAGES * 4096, MADV_NOHUGEPAGE));
}

/* One madvise call for 64 faults. */
static void page_fault(unsigned count)
{
	for (; count >= PAGES; count -= PAGES) {
		require(!madvise(area, PAGES * 4096, MADV_DONTNEED));
		for (int i = 0; i < PAGES; i++)
			area[i * 4096l] = 1;
	}
}

static void handler(int number)
{
	(void)number;
}

static void prepare_signal(void)
{
	require(signal(SIGUSR1, handler) != SIG_ERR);
}

static void signal_self(unsigned count)
{
	while (count--)
		require(!kill(getpid(), SIGUSR1));
}

static void fork_wait(unsigned count)
{
	while (count--) {
		pid_t child = fork();

		if (!child)
			_exit(0);
		require(child > 0 && waitpid(child, NULL, 0) == child);
	}
}

const struct operation process_operations[] = {
	{ "mmap-touch-munmap", NULL, map_touch_unmap, 300 },
	{ "page-fault", prepare_faults, page_fault, 640 },
	{ "signal-self", prepare_signal, signal_self, 500 },
	{ "fork-wait", NULL, fork_wait, 40 },
	{ 0 },
};
