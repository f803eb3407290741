/* Compartments: threads begin, end and are interrupted without a way into another's code or memory. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <linux/rseq.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/rseq.h>
#include "compartments.h"

#ifndef ARCH_SET_FS
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#endif

#define GATE_RIGHTS pkru_of(1U << 0 | 1U << OWN_KEY | 1U << GATE_KEY)

static char stack[65536] __attribute__((aligned(16)));

static struct rseq *rseq_area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* The kernel would jump to an address of the attacker's while the victim computes. */

extern const char loop_begin[], loop_end[], hijacked[];

/* Runs with PKRU open, as the victim does: 0 if it came to its end, 1 if it landed in the attacker's code. */
static int __attribute__((noinline, noclone)) victim_computes(void)
{
	int where = 0;

	__asm__ volatile("mov $30000000, %%rcx\n"
			 ".globl loop_begin, loop_end, hijacked\n"
			 "loop_begin:\n\t"
			 "dec %%rcx\n\tjnz loop_begin\n"
			 "loop_end:\n\t"
			 "jmp 1f\n\t"
			 ".long 0x53053053\n"
			 "hijacked:\n\t"
			 "mov $1, %0\n"
			 "1:" : "+r"(where) : : "rcx", "memory");
	return where;
}

static int hijack(void)
{
	static struct rseq_cs section __attribute__((aligned(32)));
	pid_t busy;
	int where;

	section.start_ip = (uintptr_t)loop_begin;
	section.post_commit_offset = (uintptr_t)(loop_end - loop_begin);
	section.abort_ip = (uintptr_t)hijacked;
	/* Somebody else wants the processor, so that the thread is interrupted. */
	busy = fork();
	if (busy == 0)
		for (;;)
			;
	rseq_area()->rseq_cs = (uintptr_t)&section;
	wrpkru(0);
	where = victim_computes();
	kill(busy, SIGKILL);
	waitpid(busy, NULL, 0);
	return where ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int register_rseq(void)
{
	static struct rseq area __attribute__((aligned(32)));

	/* Libc has the thread's only one: take its place. */
	syscall(SYS_rseq, rseq_area(), 32, RSEQ_FLAG_UNREGISTER, 0x53053053);
	return error_of(syscall(SYS_rseq, &area, 32, 0, 0x12345678));
}

/* The end of a thread writes to addresses that were given before. */

static struct robust_list_head robust;
static struct {
	struct robust_list list;
} *lock_entry;

static int ends_elsewhere(void *arg)
{
	if (arg)
		syscall(SYS_set_tid_address, victim_shared);
	else
		syscall(SYS_set_robust_list, &robust, sizeof(robust));
	/* It has called the victim, and something there ends the thread. */
	wrpkru(0);
	if (!arg)
		*(int *)victim_shared = (int)syscall(SYS_gettid);
	syscall(SYS_exit, 0);
	return 0;
}

static int end_thread(void *arg)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	int before;

	wrpkru(0);
	*(int *)victim_shared = -1;
	wrpkru(GATE_RIGHTS);
	if (clone(ends_elsewhere, stack + sizeof(stack), flags, arg) == -1)
		return errno;
	usleep(300000);
	wrpkru(0);
	before = *(int *)victim_shared;
	return (arg ? before == 0 : (before & FUTEX_OWNER_DIED) && before != -1) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int clear_tid(void) { return end_thread(stack); }

static int robust_list(void)
{
	/* Entries are relative to their locks. */
	lock_entry = (void *)own;
	lock_entry->list.next = &robust.list;
	robust.list.next = &lock_entry->list;
	robust.futex_offset = victim_shared - own;
	return end_thread(NULL);
}

/* A thread with a thread pointer of the attacker's choice */

static int idle(void *arg)
{
	(void)arg;
	return 0;
}

static int start_thread(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	return error_of(clone(idle, stack + sizeof(stack), flags, NULL));
}

static int share_memory(void) { return error_of(clone(idle, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL)); }

/* It shares what is noted of the thread's rights, too. */
static int vfork_shares(void)
{
	volatile char *word = own;
	pid_t child;

	*word = 0;
	child = vfork();
	if (child == 0) {
		*word = 1;
		_exit(0);
	}
	if (child == -1)
		return errno;
	waitpid(child, NULL, 0);
	return *word ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int fork_with_pointer(void)
{
	long child = syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, NULL, NULL, NULL, own);

	if (child == 0)
		syscall(SYS_exit, 0);
	return error_of(child);
}

static int set_pointer(void)
{
	unsigned long base;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
	return error_of(syscall(SYS_arch_prctl, ARCH_SET_FS, base));
}

/* The kernel does not write to a new thread's stack; the thread itself has only its own rights. */
static int foreign_stack(void)
{
	int status;
	pid_t child;

	child = clone(idle, victim_shared + SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	if (child == -1)
		return errno;
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : ATTACK_SUCCEEDED;
}

/* The call itself */

static int again(void)
{
	return error_of(start_compartments(UKL_COMPARTMENTS_WX));
}

static int wrong_calls(void)
{
	wrpkru(pkru_of(ALL_KEYS & ~(1U << VICTIM_KEY)));
	if (error_of(start_compartments(0)) != EPERM)
		return 1;
	wrpkru(0);
	if (error_of(start_compartments(4)) != EINVAL ||
	    error_of(syscall(SYS_arch_prctl, ARCH_UKL_COMPARTMENTS, 0x1fff | 13UL << 16)) != EINVAL ||
	    error_of(syscall(SYS_arch_prctl, ARCH_UKL_COMPARTMENTS, 0x3ffe | 13UL << 16)) != EINVAL ||
	    error_of(syscall(SYS_arch_prctl, ARCH_UKL_COMPARTMENTS, 0x3fff | 1UL << 34 | 13UL << 16)) != EINVAL)
		return 2;
	if (start_thread() != 0)
		return 3;
	return ATTACK_SUCCEEDED;
}

static int waits(void *arg)
{
	(void)arg;
	while (pause() == -1)
		;
	return 0;
}

static int with_threads(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	if (clone(waits, stack + sizeof(stack), flags, NULL) == -1)
		return errno;
	return error_of(start_compartments(0));
}

int main(void)
{
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");

	row("a restartable sequence around another's code", KEYS, hijack, ATTACK_NO_EFFECT);
	row("rseq", KEYS, register_rseq, EPERM);
	row("set_tid_address of another's page", KEYS, clear_tid, ATTACK_NO_EFFECT);
	row("a robust list that leads there", KEYS, robust_list, ATTACK_NO_EFFECT);
	row("a thread without the gate's rights", KEYS, start_thread, EPERM);
	row("a process that shares the memory", KEYS, share_memory, EPERM);
	row("vfork's child shares it", KEYS, vfork_shares, ATTACK_NO_EFFECT);
	row("fork with a thread pointer", KEYS, fork_with_pointer, EPERM);
	row("setting the thread pointer", KEYS, set_pointer, EPERM);
	row("a stack in another's page", OPEN, foreign_stack, -SIGSEGV);
	report(attack_with(COMPARTMENTS, again) == EPERM, "compartments are for good");
	report(attack_with(OPEN, wrong_calls) == ATTACK_SUCCEEDED, "wrong arguments are refused");
	report(attack_with(OPEN, with_threads) == EBUSY, "threads have to wait");
	return report_summary();
}
