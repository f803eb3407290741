#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define LOAD 0x1000          /* guest-physical address of the test code */
#define ITERATIONS 10000     /* 10 us on a processor, 6 ms where KVM was seen emulated */
#define LIMIT_US 1500        /* a run that takes longer is too slow */
#define TRIES 3              /* the host may be busy at the wrong moment */
#define PROBE_LIMIT_MS 60    /* for everything, should the kernel itself be stuck */

/* 16-bit code: mov $ITERATIONS,%ecx; 1: dec %ecx; jnz 1b; hlt */
static const uint8_t loop[] = {
	0x66, 0xb9, ITERATIONS & 0xff, ITERATIONS >> 8, 0, 0, 0x66, 0x49, 0x75, 0xfc, 0xf4,
};

static struct kvm_run *run;

static void on_alarm(int signal)
{
	(void)signal;
	run->immediate_exit = 1; /* should the signal come just before KVM_RUN */
}

bool kvm_usable(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A virtual machine with LOOP in its memory. Returns the CPU's descriptor or -1. */
static int make_machine(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int size, vm, cpu;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = LOAD,
		.memory_size = 4096,
		.userspace_addr = (uintptr_t)memory,
	};

	if (kvm < 0 || memory == MAP_FAILED || ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return -1;
	memcpy(memory, loop, sizeof loop);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		return -1;
	cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (cpu < 0 || size < (int)sizeof *run)
		return -1;
	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	return run == MAP_FAILED ? -1 : cpu;
}

/* Run LOOP once. Returns whether it ended within the limit. */
static bool run_once(int cpu)
{
	struct itimerval limit = { .it_value.tv_usec = LIMIT_US }, none = { 0 };
	struct kvm_regs regs = { .rip = LOAD, .rflags = 2 };
	struct kvm_sregs sregs;
	int rc;

	if (ioctl(cpu, KVM_GET_SREGS, &sregs))
		return false;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(cpu, KVM_SET_SREGS, &sregs) || ioctl(cpu, KVM_SET_REGS, &regs))
		return false;
	run->immediate_exit = 0;
	setitimer(ITIMER_REAL, &limit, NULL);
	rc = ioctl(cpu, KVM_RUN, 0);
	setitimer(ITIMER_REAL, &none, NULL);
	return !rc && run->exit_reason == KVM_EXIT_HLT;
}

static bool probe(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int cpu = make_machine();

	if (cpu < 0)
		return false;
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < TRIES; i++)
		if (run_once(cpu))
			return true;
	return false;
}

bool kvm_fast(void)
{
	struct pollfd done = { .events = POLLIN };
	int status, ends[2];
	pid_t child;

	if (!kvm_usable() || pipe2(ends, O_CLOEXEC))
		return false;
	child = fork(); /* so that a stuck probe can be left behind */
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(!probe());
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return false;
	}
	done.fd = ends[0];
	if (poll(&done, 1, PROBE_LIMIT_MS) < 1)
		kill(child, SIGKILL);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}
