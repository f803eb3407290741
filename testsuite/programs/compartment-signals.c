/* Compartments: signal frames go to no foreign memory, and rights come back from none that was forged. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include "compartments.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif

static volatile unsigned pkru_in_handler;
static volatile uintptr_t frames[3];
static volatile int depth;

static void set_handler(int signo, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	sigaction(signo, &action, NULL);
}

static int use_alternate_stack(char *at, size_t size)
{
	stack_t stack = { .ss_sp = at, .ss_size = size };

	return sigaltstack(&stack, NULL);
}

/* The kernel writes a frame where the stack pointer says. */

static void ignore(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
}

/* kill(getpid(), signo) with the stack pointer at an address; nothing is pushed in between. */
static void __attribute__((noinline)) signal_with_stack(char *stack, int signo)
{
	register long pid __asm__("rdi") = getpid();
	register long signal_number __asm__("rsi") = signo;
	long number = SYS_kill;

	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %3, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
			 : "+a"(number) : "r"(pid), "r"(signal_number), "r"(stack) : "rbx", "rcx", "r11", "memory");
}

static char *foreign;

static int signal_there(void)
{
	/* The handler itself has no rights there: it dies on return, or at its first push. */
	signal_with_stack(foreign, SIGUSR1);
	return ATTACK_NO_EFFECT;
}

/* What the victim's page holds afterwards counts, not how the attacker ended. */
static int written(enum rights rights, int *result)
{
	static const char clean[SIZE];

	memset(victim_shared, 0, SIZE);
	*result = attack_with(rights, signal_there);
	return memcmp(victim_shared + PAGE, clean + PAGE, SIZE - PAGE) != 0;
}

static void foreign_frame(const char *name, char *stack)
{
	int before, after, result;

	foreign = stack;
	before = written(KEYS, &result);
	after = written(COMPARTMENTS, &result);
	report(before && !after && result == -SIGSEGV, "%s: without: %s, with: %s", name,
	       before ? "written" : "not written", after ? "written" : result_word(result));
}

static void foreign_frames(void)
{
	set_handler(SIGUSR1, ignore, 0);
	foreign_frame("a signal's frame on another's page", victim_shared + SIZE);
	/* On an alternate stack with a frame that is still needed above and below */
	set_handler(SIGUSR1, ignore, SA_ONSTACK);
	use_alternate_stack(victim_shared, SIZE);
	foreign_frame("a frame in the middle of the alternate stack", victim_shared + 3 * PAGE);
	use_alternate_stack(NULL, 0);
	signal(SIGUSR1, SIG_DFL);
}

/* A frame that no signal made: its PKRU opens everything. */

static char forged[8192] __attribute__((aligned(64)));
static size_t frame_size;

static void copy_frame(int signo, siginfo_t *info, void *context)
{
	/* Above the return address: ucontext, siginfo, floating-point state. */
	uintptr_t start = (uintptr_t)context - 8, end = (uintptr_t)((ucontext_t *)context)->uc_mcontext.fpregs + 2816;

	(void)signo;
	(void)info;
	frame_size = end - start;
	if (frame_size > sizeof(forged) - 64)
		_exit(1);
	/* The floating-point state stays aligned. */
	start &= -64UL;
	memcpy(forged, (void *)start, end - start);
	frames[0] = (uintptr_t)context - start;
	frames[1] = (uintptr_t)((ucontext_t *)context)->uc_mcontext.fpregs - start;
}

static int arrived(void)
{
	char buffer[sizeof(SECRET)];

	memcpy(buffer, victim, sizeof(buffer));
	*last_result = is_secret(buffer) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
	_exit(0);
}

static unsigned pkru_offset(void)
{
	unsigned a = 0xd, b, c = 9, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b;
}

static int forged_frame(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	ucontext_t *context = (ucontext_t *)(forged + frames[0]);
	char *state = forged + frames[1];

	context->uc_mcontext.fpregs = (void *)state;
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)arrived;
	context->uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)(stack + sizeof(stack) - 8);
	*(uint64_t *)(state + 512) |= 1UL << 9;	/* xstate_bv: PKRU is there */
	*(uint32_t *)(state + pkru_offset()) = 0;
	/* rt_sigreturn finds the frame 8 bytes below the stack pointer. */
	__asm__ volatile("mov %0, %%rsp\n\tsyscall" : : "r"(context), "a"((long)SYS_rt_sigreturn) : "memory");
	return ATTACK_BROKEN;
}

static void open_on_return(int signo, siginfo_t *info, void *context)
{
	char *state = (char *)((ucontext_t *)context)->uc_mcontext.fpregs;

	(void)signo;
	(void)info;
	*(uint64_t *)(state + 512) |= 1UL << 9;
	*(uint32_t *)(state + pkru_offset()) = 0;
}

/* Handler and alternate stack are the attacker's: whoever is interrupted is in its hands. */
static int own_handler(void)
{
	struct sigaction action = { .sa_sigaction = open_on_return, .sa_flags = SA_SIGINFO };

	if (sigaction(SIGUSR1, &action, NULL) != 0)
		return errno;
	raise(SIGUSR1);
	return is_secret(victim) ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int own_stack(void) { return error_of(use_alternate_stack(own, 3 * PAGE)); }
static int no_stack(void) { stack_t off = { .ss_flags = SS_DISABLE }; return error_of(sigaltstack(&off, NULL)); }

/* A call of another compartment does not reach the kernel, and seems to succeed. */
static int filter_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };
	char random[8] = { 0 };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		return errno;
	return syscall(SYS_getrandom, random, sizeof(random), 0) == 0 ? ATTACK_SUCCEEDED : ATTACK_NO_EFFECT;
}

static int filter_by_prctl(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };

	return error_of(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

static int dispatch_calls(void)
{
	static char selector;

	return error_of(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector));
}

/* What whoever has the gate relies on */

static void nested(int signo, siginfo_t *info, void *context)
{
	static char elsewhere[2][65536] __attribute__((aligned(16)));
	int level = depth++;
	unsigned pkru = rdpkru();

	(void)info;
	pkru_in_handler |= pkru;
	frames[level] = (uintptr_t)context;
	if (level == 2)
		return;
	/* As a runtime would: go on elsewhere with fewer rights, then come back. */
	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\t"
			 "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tmov %3, %%eax\n\twrpkru\n\t"
			 "mov %5, %%eax\n\tsyscall\n\t"
			 "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tmov %4, %%eax\n\twrpkru\n\tmov %%rbx, %%rsp"
			 :
			 : "r"(elsewhere[level] + sizeof(elsewhere[level])), "D"((long)getpid()), "S"((long)signo),
			   "r"(ATTACKER), "r"(pkru), "i"(SYS_kill)
			 : "rax", "rbx", "rcx", "rdx", "r11", "memory");
}

static int signals_nest(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 0; i < 3; i++) {
		depth = 0;
		raise(SIGUSR1);
		if (depth != 3 || MEANING(rdpkru()) != MEANING(ATTACKER))
			return i + 1;
		if (frames[1] >= frames[0] || frames[2] >= frames[1])
			return i + 11;
	}
	return MEANING(pkru_in_handler) == (1U << 28 | 1U << 30) ? ATTACK_SUCCEEDED : 20;
}

static int dispositions(void)
{
	struct sigaction old, fresh = { .sa_handler = SIG_IGN };

	if (sigaction(SIGUSR1, NULL, &old) != 0 || old.sa_sigaction != nested || sigaction(SIGUSR2, &fresh, NULL) != 0)
		return errno;
	return raise(SIGUSR2);
}

static int with_gate(void)
{
	wrpkru(pkru_of(ALL_KEYS));
	set_handler(SIGUSR2, nested, 0);
	return error_of(use_alternate_stack(gate, SIZE - PAGE)) || filter_by_prctl();
}

int main(void)
{
	if (!attacks_possible())
		return skip_all("this machine has no protection keys");

	set_handler(SIGUSR1, copy_frame, 0);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	row("rt_sigreturn to a forged frame", KEYS, forged_frame, -SIGSEGV);
	row("a handler of one's own", KEYS, own_handler, EPERM);
	row("an alternate stack of one's own", KEYS, own_stack, EPERM);
	row("taking the alternate stack away", KEYS, no_stack, EPERM);
	row("a seccomp filter", KEYS, filter_calls, EPERM);
	row("a filter by prctl", KEYS, filter_by_prctl, EPERM);
	row("system call dispatch", KEYS, dispatch_calls, EPERM);
	foreign_frames();

	set_handler(SIGUSR1, nested, SA_ONSTACK | SA_NODEFER);
	use_alternate_stack(gate, SIZE - PAGE);
	report(attack_with(COMPARTMENTS, signals_nest) == ATTACK_SUCCEEDED,
	       "handlers start with the rights of the gate, and pending frames stay whole");
	report(attack_with(COMPARTMENTS, dispositions) == ATTACK_SUCCEEDED, "signals can be ignored and asked for");
	report(attack_with(COMPARTMENTS, with_gate) == ATTACK_SUCCEEDED, "with the gate all of it is allowed");
	return report_summary();
}
