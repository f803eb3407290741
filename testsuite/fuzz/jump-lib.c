/*
 * A hostile library jumps to addresses of the kernel's text, with registers and a stack of its choice. Wherever that ends,
 * in a signal or back here, it looks for the secrets: in all registers, in its memory, and at the places where they are.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
#include "jump.h"

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15, REGISTERS };

/* Room for what kernel functions push and write; the middle is filled and looked at. */
enum { WORDS = 4096, FIRST = 2000, MIDDLE = 2048, LAST = 2304 };

/* Used by the assembly below. */
uint64_t jump_registers[REGISTERS + 2];	/* then rsp and the target */
uint64_t jump_seen[REGISTERS];
uint64_t jump_flags;
uint64_t jump_stack[2048];

static uint64_t room[WORDS];	/* addresses of jump_landed: a ret from anywhere goes there */
static uint64_t zeros[512];	/* locks that are free, ends of lists */
static char alternate[65536];
static sigjmp_buf back, probe;
static volatile int probing;
static struct shared *shared;
static struct range range;
static pid_t self;
static uint64_t state;
static volatile uint64_t address;	/* where the jump goes, or 0 between jumps */

#define EACH_REGISTER(DO) DO(0, "rax") DO(8, "rbx") DO(16, "rcx") DO(24, "rdx") DO(32, "rsi") DO(40, "rdi") DO(48, "rbp") DO(56, "r8") \
	DO(64, "r9") DO(72, "r10") DO(80, "r11") DO(88, "r12") DO(96, "r13") DO(104, "r14") DO(112, "r15")
#define LOAD(offset, name) "	mov	jump_registers+" #offset "(%rip), %" name "\n"
#define SAVE(offset, name) "	mov	%" name ", jump_seen+" #offset "(%rip)\n"

/* No functions for ld: the landing's address is to be its own, not that of a gate. */
__asm__(".text\n"
	".type jump_away, @function\n"
	"jump_away:\n"
	EACH_REGISTER(LOAD)
	"	mov	jump_registers+120(%rip), %rsp\n"
	"	jmp	*jump_registers+128(%rip)\n"
	"jump_landed:\n"
	EACH_REGISTER(SAVE)
	"	lea	jump_stack+16384(%rip), %rsp\n"
	"	pushf\n"
	"	pop	jump_flags(%rip)\n"
	"	push	$0x202\n"
	"	popf\n"
	"	call	jump_look\n"
	"	ud2\n"
	".size jump_away, .-jump_away\n"
	".section .rodata\n"
	"jump_landing: .quad jump_landed\n"
	".text\n");

void jump_away(void);
extern const uint64_t jump_landing;
void jump_look(void) __attribute__((used, noreturn));

static uint64_t number(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

/* By the values' products: a comparison with the values would have them in a register, where a timer's signal finds them. */
static int is_secret(uint64_t value)
{
	static volatile uint32_t factor = SECRET_FACTOR;

	/* From whichever byte on. */
	for (int bits = 0; bits < 32; bits += 8) {
		uint32_t turned = (uint32_t)value << bits | (uint32_t)(value & UINT32_MAX) >> (31 - bits) >> 1;
		uint32_t product = turned * factor;

		if (product == ~NO_KERNEL_SECRET * SECRET_FACTOR || product == ~NO_VAULT_SECRET * SECRET_FACTOR)
			return 1;
	}
	return 0;
}

static int can_read(const volatile unsigned char *where)
{
	int got = 0;

	if (!where)
		return 0;
	if (sigsetjmp(probe, 0) == 0) {
		probing = 1;
		got = is_secret(*(const volatile uint32_t *)where);
	}
	probing = 0;
	return got;
}

/* As a control a secret has to be known from each of its bytes on. */
static int finds(const volatile unsigned char *where)
{
	int found = can_read(where);

	for (int i = 1; found && range.control && i < 4; i++)
		found = can_read(where + i);
	return found;
}

static void leak(uint64_t how, uint64_t where, uint64_t value)
{
	if (!shared->leaks++) {
		shared->leak_at = shared->at;
		shared->leak_how = how << 32 | where;
		shared->leak_value = value;
	}
}

static void look_at(int what, const uint64_t *words, int count)
{
	for (int i = 0; i < count; i++)
		if (is_secret(words[i]) || is_secret(words[i] >> 32))
			leak(what, i, words[i]);
}

/* The jump is over: what is there to be seen, and could it be read now? */
static void look(uint64_t flags)
{
	/* Calls of the kernel may have made a second process. */
	if (getpid() != self)
		_exit(0);
	if (!(flags & 0x200))
		shared->masked++;
	look_at(LEAK_STACK, room + FIRST, LAST - FIRST);
	look_at(LEAK_MEMORY, zeros, 512);
}

void jump_look(void)
{
	if (finds(range.kernel))
		leak(LEAK_KERNEL, 0, 0);
	if (finds(range.vault))
		leak(LEAK_VAULT, 0, 0);
	look(jump_flags);
	look_at(LEAK_REGISTER, jump_seen, REGISTERS);
	shared->returned++;
	siglongjmp(back, 1);
}

/* Is the jump the same as one tick ago? */
static int is_loop(void)
{
	static uint64_t last;
	int same = address && address == last;

	last = address;
	return same;
}

static void on_signal(int signo, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	(void)info;
	if (signo == SIGALRM && !is_loop())
		return;
	/* The handler has the flags of what was interrupted. */
	__asm__ volatile("sub $128, %%rsp\n\tpush $0x202\n\tpopf\n\tadd $128, %%rsp" : : : "cc", "memory");
	if (probing)
		siglongjmp(probe, 1);
	look((uint64_t)uc->uc_mcontext.gregs[REG_EFL]);
	look_at(LEAK_SIGNAL, (const uint64_t *)uc->uc_mcontext.gregs, REG_RIP);
	if (signo == SIGSEGV)
		shared->faults++;
	else if (signo == SIGILL)
		shared->illegal++;
	else if (signo == SIGALRM)
		shared->loops++;
	else
		shared->traps++;
	siglongjmp(back, 1);
}

static uint64_t value(void)
{
	uint64_t random = number();

	switch (random >> 60) {
	case 0 ... 2:
		return (uint64_t)&zeros[random % 256];
	case 3 ... 6:
		return (uint64_t)&room[FIRST + random % (LAST - FIRST)];
	case 7 ... 8:
		return random % 16;
	case 9 ... 10:
		return range.kernel ? (uint64_t)range.kernel + random % 32 : 0;
	case 11:
		return range.vault ? (uint64_t)range.vault + random % 32 : 0;
	case 12:
		return 0xffffffff82000000 + random % 0x800000;
	case 13:
		return 0xffff888000000000 + random % 0x6000000;
	default:
		return random;
	}
}

static void choose(void)
{
	for (int i = FIRST; i < LAST; i++)
		room[i] = jump_landing;
	memset(zeros, 0, sizeof zeros);
	for (int i = 0; i < REGISTERS; i++)
		jump_registers[i] = value();
	/* What WRPKRU and XSETBV want. */
	if (number() & 1)
		jump_registers[RCX] = jump_registers[RDX] = 0;
	if (number() & 1)
		jump_registers[RAX] = number() & 1 ? 0 : number() & 0xffffffff;
	jump_registers[REGISTERS] = number() % 16 ? (uint64_t)&room[MIDDLE] : value();
}

void lib_jump(struct shared *page)
{
	static const int signals[] = { SIGSEGV, SIGILL, SIGBUS, SIGFPE, SIGTRAP, SIGALRM };
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_NODEFER | SA_SIGINFO | SA_ONSTACK };
	const struct itimerval tick = { { 0, 10000 }, { 0, 10000 } };
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
	static volatile uint64_t next;

	/* By a jump to where the gate calls this. */
	if (self)
		_exit(0);
	shared = page;
	range = page->range;
	self = getpid();
	/* Compartments have one already. */
	sigaltstack(&stack, NULL);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	for (next = range.first; next < range.end; next += range.step) {
		shared->at = next;
		shared->jumps++;
		if (sigsetjmp(back, 0) == 0) {
			state = (next ^ range.seed << 56) * 0x9e3779b97f4a7c15u | 1;
			choose();
			jump_registers[REGISTERS + 1] = range.control ? jump_landing : next;
			address = next;
			jump_away();
		}
		address = 0;
	}
}
