/* A debugger gets no more of the kernel's memory through a program in ring 0 than through one in ring 3: the
 * same errno for each way to ask, and a SIGSEGV for a program whose PKRU it has opened. */
// test: options="--append ukl_key=on" needs="ukl_key_switch_to"
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

#define DIRECT_MAP	0xffff888000100000
#define XSTATE_BV	512
#define PKRU		9

static void traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	(void)*(volatile char *)DIRECT_MAP;
	_exit(0);
}

static pid_t start(void)
{
	pid_t child = fork();

	if (child == 0)
		traced();
	waitpid(child, NULL, 0);
	return child;
}

static int refuses(long result, int error)
{
	if (result >= 0 || errno != error)
		note("result %ld, errno %d", result, errno);
	return result < 0 && errno == error;
}

/* What gdb does for x, set and watch. */
static void ask(pid_t child, int memory, const char *what, uintptr_t address)
{
	unsigned char buf[8];
	struct iovec local = { buf, sizeof(buf) }, remote = { (void *)address, sizeof(buf) };
	void *watch = (void *)offsetof(struct user, u_debugreg[0]);

	errno = 0;
	ptrace(PTRACE_PEEKDATA, child, (void *)address, NULL);
	report(errno == EIO, "PTRACE_PEEKDATA of %s", what);
	report(refuses(ptrace(PTRACE_POKEDATA, child, (void *)address, NULL), EIO), "PTRACE_POKEDATA of %s", what);
	lseek(memory, address, SEEK_SET);
	report(refuses(read(memory, buf, sizeof(buf)), EIO), "/proc/PID/mem: read of %s", what);
	lseek(memory, address, SEEK_SET);
	report(refuses(write(memory, buf, sizeof(buf)), EIO), "/proc/PID/mem: write to %s", what);
	report(refuses(process_vm_readv(child, &local, 1, &remote, 1, 0), EFAULT), "process_vm_readv() of %s", what);
	report(refuses(process_vm_writev(child, &local, 1, &remote, 1, 0), EFAULT), "process_vm_writev() to %s", what);
	report(refuses(ptrace(PTRACE_POKEUSER, child, watch, (void *)address), EINVAL), "a watchpoint on %s", what);
}

/* PKRU 0 in the registers of a stopped child; false if the CPU has none. */
static int open_keys(pid_t child)
{
	static unsigned char state[16384];
	struct iovec area = { state, sizeof(state) };
	unsigned size, offset, ecx, edx;
	uint32_t pkru = 0;
	uint64_t has;

	if (!__get_cpuid_count(0xd, PKRU, &size, &offset, &ecx, &edx) || !size ||
	    ptrace(PTRACE_GETREGSET, child, (void *)NT_X86_XSTATE, &area) || area.iov_len < offset + size)
		return 0;
	memcpy(&has, state + XSTATE_BV, sizeof(has));
	has |= 1 << PKRU;
	memcpy(state + XSTATE_BV, &has, sizeof(has));
	memcpy(state + offset, &pkru, sizeof(pkru));
	return !ptrace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &area);
}

int main(void)
{
	static const struct {
		const char *what;
		uintptr_t address;
	} places[] = {
		{ "the kernel's text", 0xffffffff81100000 },
		{ "the direct map", DIRECT_MAP },
		{ "the interrupt table", 0xfffffe0000000000 },
	};
	pid_t child = start();
	char name[40];
	int memory, status = 0;

	snprintf(name, sizeof(name), "/proc/%d/mem", child);
	memory = open(name, O_RDWR);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		ask(child, memory, places[i].what, places[i].address);
	close(memory);

	if (open_keys(child)) {
		ptrace(PTRACE_CONT, child, NULL, NULL);
		waitpid(child, &status, 0);
		report(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSEGV, "all keys opened by a debugger, and a read");
	} else {
		skip("all keys opened by a debugger, and a read", "the CPU has no protection keys");
	}
	kill(child, SIGKILL);
	return report_summary();
}
