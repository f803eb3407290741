/* Compartments: no way to a closed page leads through another process, thread or part of the kernel. */
// test: timeout=120
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/loop.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "compartments.h"

/* /proc/PID/mem, process_vm_readv and their kin, of oneself or by a relative */

static int steal_by_file(pid_t pid)
{
	char path[40], buffer[sizeof(SECRET)];
	int file;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	file = open(path, O_RDWR);
	if (file == -1 || pread(file, buffer, sizeof(buffer), (off_t)(uintptr_t)victim) == -1)
		return errno;
	return is_secret(buffer) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int forge_by_file(void)
{
	int file = open("/proc/self/mem", O_RDWR);

	if (file == -1 || pwrite(file, "forged", 7, (off_t)(uintptr_t)victim) == -1)
		return errno;
	wrpkru(0);
	return strcmp(victim, "forged") == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int steal_by_call(pid_t pid)
{
	char buffer[sizeof(SECRET)];
	struct iovec to = { buffer, sizeof(buffer) }, from = { victim, sizeof(buffer) };

	if (process_vm_readv(pid, &to, 1, &from, 1, 0) == -1)
		return errno;
	return is_secret(buffer) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int forge_by_call(void)
{
	char text[] = "forged";
	struct iovec from = { text, sizeof(text) }, to = { victim, sizeof(text) };

	if (process_vm_writev(getpid(), &from, 1, &to, 1, 0) == -1)
		return errno;
	wrpkru(0);
	return strcmp(victim, "forged") == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int steal_by_attaching(pid_t pid)
{
	union {
		long word[3];
		char text[24];
	} buffer;
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0)
		return errno;
	waitpid(pid, &status, __WALL);
	for (int i = 0; i < 3; i++)
		buffer.word[i] = ptrace(PTRACE_PEEKDATA, pid, victim + 8 * i, NULL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return is_secret(buffer.text) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int own_file(void) { return steal_by_file(getpid()); }
static int own_call(void) { return steal_by_call(getpid()); }

/* The same by a forked child, on its parent. */
static int by_child(int (*steal)(pid_t))
{
	pid_t parent = getpid(), child;
	int status;

	*last_result = ATTACK_BROKEN;
	child = fork();
	if (child == 0) {
		*last_result = steal(parent);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return *last_result;
}

static int child_file(void) { return by_child(steal_by_file); }
static int child_call(void) { return by_child(steal_by_call); }
static int child_attaches(void) { return by_child(steal_by_attaching); }

/* By a child that is another program meanwhile. */
static int by_program(const char *how)
{
	char pid[16], address[24];
	pid_t child;
	int status;

	snprintf(pid, sizeof(pid), "%d", getpid());
	snprintf(address, sizeof(address), "%p", victim);
	child = fork();
	if (child == 0) {
		execl("/proc/self/exe", "steal", how, pid, address, "/tmp/stolen", NULL);
		_exit(255);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : ATTACK_BROKEN;
}

static int program_file(void) { return by_program("file"); }
static int program_call(void) { return by_program("call"); }
static int program_attaches(void) { return by_program("attach"); }

/* On a copy: a forked child has the victim's memory, and its parent may look. */
static int on_child(int (*steal)(pid_t), int traceme)
{
	int ends[2], result, error = 0;
	pid_t child;

	if (pipe(ends) != 0)
		return ATTACK_BROKEN;
	child = fork();
	if (child == 0) {
		if (traceme)
			error = error_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		if (write(ends[1], &error, sizeof(error)) < 0)
			_exit(1);
		if (traceme && !error)
			raise(SIGSTOP);
		pause();
		_exit(0);
	}
	if (read(ends[0], &error, sizeof(error)) != sizeof(error))
		return ATTACK_BROKEN;
	result = error ? error : steal(child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return result;
}

static int peek(pid_t child)
{
	long word;
	int status;

	waitpid(child, &status, 0);
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, child, victim, NULL);
	return errno ? errno : memcmp(&word, SECRET, 8) == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int copy_file(void) { return on_child(steal_by_file, 0); }
static int copy_attach(void) { return on_child(steal_by_attaching, 0); }
static int copy_traceme(void) { return on_child(peek, 1); }

/* Somebody else, who might then be made to look: the test's first process. */
static int attach_other(void)
{
	pid_t other = getppid();
	int status;

	if (ptrace(PTRACE_SEIZE, other, NULL, NULL) != 0)
		return errno;
	ptrace(PTRACE_INTERRUPT, other, NULL, NULL);
	waitpid(other, &status, __WALL);
	ptrace(PTRACE_DETACH, other, NULL, NULL);
	return ATTACK_SUCCEEDED;
}

/* A process beside that shares the memory: no thread, so that it could attach. */
static int steal_beside(void *arg)
{
	(void)arg;
	*last_result = steal_by_attaching(getppid());
	return 0;
}

static int attach_beside(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	int status;
	pid_t child;

	*last_result = ATTACK_BROKEN;
	/* To make one needs the gate's rights with compartments: that is another row. */
	wrpkru(pkru_of(1U << 0 | 1U << OWN_KEY | 1U << GATE_KEY));
	child = clone(steal_beside, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	wrpkru(ATTACKER);
	if (child == -1)
		return errno;
	waitpid(child, &status, 0);
	return *last_result;
}

/* Parts of the kernel that act at another time, or by addresses of their own */

static int environment(void)
{
	char buffer[sizeof(SECRET)];
	int file;

	if (prctl(PR_SET_MM, PR_SET_MM_ENV_START, victim, 0, 0) != 0 ||
	    prctl(PR_SET_MM, PR_SET_MM_ENV_END, victim + PAGE, 0, 0) != 0)
		return errno;
	file = open("/proc/self/environ", O_RDONLY);
	if (read(file, buffer, sizeof(buffer)) != sizeof(buffer))
		return ATTACK_BROKEN;
	return is_secret(buffer) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int fault_handler_copies(void)
{
	struct uffdio_register area = { .range = { (uintptr_t)victim + PAGE, PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_copy copy = { .dst = (uintptr_t)victim + PAGE, .src = (uintptr_t)own, .len = PAGE };
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd == -1)
		return errno;
	strcpy(own, "forged");
	if (ioctl(fd, UFFDIO_API, &api) != 0 || ioctl(fd, UFFDIO_REGISTER, &area) != 0 || ioctl(fd, UFFDIO_COPY, &copy) != 0)
		return errno;
	wrpkru(0);
	return strcmp(victim + PAGE, "forged") == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

struct ring {
	int fd;
	unsigned *tail, *mask, *array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static int ring_read(struct ring *ring, int file, char *to)
{
	unsigned slot = *ring->tail & *ring->mask;

	ring->sqes[slot] = (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = file, .addr = (uintptr_t)to, .len = 7,
						  .flags = IOSQE_ASYNC };
	ring->array[slot] = slot;
	__atomic_store_n(ring->tail, *ring->tail + 1, __ATOMIC_SEQ_CST);
	syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	return ring->cqes[(*ring->cq_head)++ & *ring->cq_mask].res;
}

/* A worker thread that the kernel made for one compartment serves another. */
static int ring_worker(void)
{
	struct io_uring_params params = { 0 };
	int file = memfd_create("forged", 0), result;
	struct ring ring;
	char *sq, *cq;

	ring.fd = (int)syscall(SYS_io_uring_setup, 8, &params);
	if (ring.fd == -1)
		return errno;
	sq = mmap(NULL, params.sq_off.array + 64, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + 512, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_CQ_RING);
	ring.sqes = mmap(NULL, 8 * sizeof(*ring.sqes), PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQES);
	ring.tail = (unsigned *)(sq + params.sq_off.tail);
	ring.mask = (unsigned *)(sq + params.sq_off.ring_mask);
	ring.array = (unsigned *)(sq + params.sq_off.array);
	ring.cq_head = (unsigned *)(cq + params.cq_off.head);
	ring.cq_tail = (unsigned *)(cq + params.cq_off.tail);
	ring.cq_mask = (unsigned *)(cq + params.cq_off.ring_mask);
	ring.cqes = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
	if (write(file, "forged", 7) != 7)
		return ATTACK_BROKEN;
	wrpkru(0);	/* the victim uses the ring, too */
	ring_read(&ring, file, victim + PAGE);
	wrpkru(ATTACKER);
	result = ring_read(&ring, file, victim);
	wrpkru(0);
	return result < 0 ? -result : strcmp(victim, "forged") == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

/* Of the kernel's memory it shows nothing, which Linux has CONFIG_STRICT_DEVMEM for, but of devices'. */
#define FIRMWARE 0xff000

static int physical_memory(void)
{
	char buffer[16];
	int memory = open("/dev/mem", O_RDONLY);

	return memory == -1 || pread(memory, buffer, sizeof(buffer), FIRMWARE) == -1 ? errno : ATTACK_SUCCEEDED;
}

/* Registers of a process that dies, in the kernel's log, whose last line before is ours. */
static int registers_in_log(void)
{
	int setting = open("/proc/sys/kernel/print-fatal-signals", O_WRONLY), log = open("/dev/kmsg", O_RDWR | O_NONBLOCK);
	int found = ATTACK_NO_EFFECT;
	char record[1024];
	pid_t child;
	ssize_t got;

	if (log == -1 || lseek(log, 0, SEEK_END) == -1 || write(setting, "1", 1) != 1)
		return ATTACK_BROKEN;
	child = fork();
	if (child == 0)
		abort();
	waitpid(child, NULL, 0);
	while ((got = read(log, record, sizeof(record) - 1)) > 0) {
		record[got] = 0;
		if (strstr(record, "RAX:"))
			found = ATTACK_SUCCEEDED;
	}
	return pwrite(setting, "0", 1, 0) == 1 ? found : ATTACK_BROKEN;
}

/* A forked child dies in the attacker's code; the dump is a file like any other. */
static int core_dump(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct stat status;
	pid_t child;

	unlink("/tmp/core");
	setrlimit(RLIMIT_CORE, &all);
	child = fork();
	if (child == 0) {
		if (chdir("/tmp") == 0)
			abort();
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return stat("/tmp/core", &status) == 0 && status.st_size > 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

/* Has the kernel start this command, with all privileges and no relation to us, until a file is there. */
static int helped(const char *command, const char *file)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int setting = open("/proc/sys/kernel/core_pattern", O_WRONLY), there = 0;
	pid_t child;

	unlink(file);
	if (write(setting, command, strlen(command)) < 0)
		return -1;
	setrlimit(RLIMIT_CORE, &all);
	child = fork();
	if (child == 0) {
		execl("/proc/self/exe", "crash", "crash", NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	for (int i = 0; i < 200 && !there; i++) {
		usleep(20000);
		there = access(file, F_OK) == 0;
	}
	return pwrite(setting, "core", 4, 0) < 0 ? -1 : there;
}

/* In ring 0 only the program that runs may be executed, and such a helper has none. */
static int ring0_helper(void)
{
	char command[160], result = 127;
	int there, file;

	snprintf(command, sizeof(command), "|/ukl/program file %d %p /tmp/stolen", getpid(), victim);
	there = helped(command, "/tmp/stolen");
	if (there <= 0)
		return there < 0 ? ATTACK_BROKEN : EPERM;
	for (int i = 0; i < 200 && result == 127; i++) {
		usleep(20000);
		file = open("/tmp/stolen", O_RDONLY);
		if (file != -1 && read(file, &result, 1) == 1)
			break;
	}
	return result;
}

/* A core dump helper copies 24 bytes of a file: has it the secret, or any? */
static int script_helper(const char *file, unsigned long at, int secret)
{
	char text[300] = { 0 };
	FILE *script = fopen("/tmp/helper", "w");
	int stolen;

	if (!script)
		return ATTACK_BROKEN;
	fprintf(script, "#!/bin/sh\ndd if=%s of=/tmp/dump bs=8 count=3 skip=%lu 2>/tmp/errors\n"
		"cat /tmp/errors /tmp/dump >/tmp/all\nmv /tmp/all /tmp/stolen\n", file, at / 8);
	fclose(script);
	chmod("/tmp/helper", 0755);
	unlink("/tmp/dump");
	if (helped("|/tmp/helper", "/tmp/stolen") <= 0)
		return ATTACK_BROKEN;
	stolen = open("/tmp/stolen", O_RDONLY);
	if (read(stolen, text, sizeof(text) - 1) <= 0)
		return ATTACK_BROKEN;
	if (secret ? strstr(text, SECRET) : strstr(text, "3+0 records out"))
		return ATTACK_SUCCEEDED;
	return strstr(text, "Permission denied") ? EACCES : strstr(text, "not permitted") ? EPERM : ATTACK_NO_EFFECT;
}

static int ring3_helper(void)
{
	char file[64];

	snprintf(file, sizeof(file), "/proc/%d/mem", getpid());
	return script_helper(file, (unsigned long)victim, 1);
}

static int memory_helper(void) { return script_helper("/dev/mem", FIRMWARE, 0); }

/* Calls after which the kernel looks at memory or registers whatever runs then */

static int load_filter(void)
{
	const uint64_t filter[] = { 0xb7, 0x95 };	/* r0 = 0; exit */
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2, .insns = (uintptr_t)filter,
				.license = (uintptr_t)"GPL" };

	return error_of(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int sample_registers(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_CPU_CLOCK,
					.sample_type = PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
					.sample_regs_user = 0xff, .sample_stack_user = 4096, .sample_period = 100000 };

	return error_of(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static int swap_file(void)
{
	static struct {
		char boot[1024];
		uint32_t version, last_page, bad_pages;
		char rest[PAGE - 1024 - 12 - 10];
		char magic[10];
	} header = { .version = 1, .last_page = 15, .magic = "SWAPSPACE2" };
	int control = open("/dev/loop-control", O_RDWR), file = open("/tmp/swap", O_RDWR | O_CREAT, 0600);
	int number = ioctl(control, LOOP_CTL_GET_FREE), loop, error;
	char path[32];

	snprintf(path, sizeof(path), "/dev/loop%d", number);
	loop = open(path, O_RDWR);
	if (loop == -1 || ftruncate(file, 16 * PAGE) != 0 || pwrite(file, &header, PAGE, 0) != (ssize_t)PAGE ||
	    ioctl(loop, LOOP_SET_FD, file) != 0)
		return ATTACK_BROKEN;
	error = error_of(syscall(SYS_swapon, path, 0));
	if (!error)
		syscall(SYS_swapoff, path);
	ioctl(loop, LOOP_CLR_FD);
	return error;
}

/* As a program of its own: HOW PID ADDRESS RESULT-FILE */
static int steal_main(char **argv)
{
	pid_t pid = atoi(argv[2]);
	int file, result;
	char byte;

	victim = (char *)strtoul(argv[3], NULL, 16);
	result = argv[1][0] == 'f' ? steal_by_file(pid) : argv[1][0] == 'c' ? steal_by_call(pid) : steal_by_attaching(pid);
	byte = (char)result;
	file = open(argv[4], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	return write(file, &byte, 1) == 1 ? result : 254;
}

int main(int argc, char **argv)
{
	int ring0, memory;

	if (argc == 5)
		return steal_main(argv);
	if (argc == 2)
		abort();
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");

	/* First: after the first process with compartments no helper may attach to anything, nor be a ring-0 program. */
	ring0 = attack_with(KEYS, ring0_helper);
	memory = attack_with(KEYS, memory_helper);
	row("a core dump helper of ring 3 reads /proc/PID/mem", KEYS, ring3_helper, EACCES);
	report(ring0 == ATTACK_SUCCEEDED && attack_with(COMPARTMENTS, ring0_helper) == EPERM,
	       "one of ring 0 is not executed, but without compartments");
	report(memory == ATTACK_SUCCEEDED && attack_with(COMPARTMENTS, memory_helper) == EPERM,
	       "nor may one open /dev/mem");
	row("reading /proc/self/mem", KEYS, own_file, EACCES);
	row("writing it", KEYS, forge_by_file, EACCES);
	row("process_vm_readv of oneself", KEYS, own_call, EPERM);
	row("process_vm_writev", KEYS, forge_by_call, EPERM);
	row("a child reads its parent's /proc/PID/mem", KEYS, child_file, EACCES);
	row("a child's process_vm_readv", KEYS, child_call, EPERM);
	row("a child attaches to its parent", KEYS, child_attaches, EPERM);
	row("a process that shares the memory attaches", KEYS, attach_beside, EPERM);
	row("a child with another program reads /proc/PID/mem", KEYS, program_file, EACCES);
	row("its process_vm_readv", KEYS, program_call, EPERM);
	row("it attaches", KEYS, program_attaches, EPERM);
	row("a parent reads its forked child's /proc/PID/mem", KEYS, copy_file, EACCES);
	row("it attaches to it", KEYS, copy_attach, EPERM);
	row("PTRACE_TRACEME", KEYS, copy_traceme, EPERM);
	row("attaching to a process outside", KEYS, attach_other, EPERM);

	row("/proc/self/environ at an address of one's choice", KEYS, environment, EPERM);
	row("userfaultfd", KEYS, fault_handler_copies, EPERM);
	row("io_uring", KEYS, ring_worker, EPERM);
	row("/dev/mem", KEYS, physical_memory, EPERM);
	row("registers in the kernel's log", KEYS, registers_in_log, ATTACK_NO_EFFECT);
	row("a core dump", KEYS, core_dump, ATTACK_NO_EFFECT);
	compartment_flags = UKL_COMPARTMENTS_DUMP;
	report(attack_with(COMPARTMENTS, core_dump) == ATTACK_SUCCEEDED, "core dumps can be allowed");
	compartment_flags = 0;

	row("bpf", KEYS, load_filter, EPERM);
	row("perf_event_open", KEYS, sample_registers, EPERM);
	row("swapon", KEYS, swap_file, EPERM);
	return report_summary();
}
