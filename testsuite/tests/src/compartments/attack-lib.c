/*
 * A library that jumps into every byte of every gate of the program, with registers and a stack of its choice:
 * rax as WRPKRU takes it, others as gates use them. Wherever that ends, it looks whether it can read the secret.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "attack.h"
#include "table.h"

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15, REGISTERS };

#define WORDS 4096

/* Used by the assembly below. */
uint64_t attack_registers[REGISTERS + 2];	/* then rsp and the target */
uint64_t attack_stack[2048];

static uint64_t room[WORDS];	/* all of it addresses of attack_landed: a ret from anywhere goes there */
static sigjmp_buf back;
static struct progress *progress;
static const volatile unsigned long *secret;

__asm__(".text\n"
	".type attack_jump, @function\n"
	"attack_jump:\n"
	"	mov	attack_registers+8(%rip), %rbx\n"
	"	mov	attack_registers+16(%rip), %rcx\n"
	"	mov	attack_registers+24(%rip), %rdx\n"
	"	mov	attack_registers+32(%rip), %rsi\n"
	"	mov	attack_registers+40(%rip), %rdi\n"
	"	mov	attack_registers+48(%rip), %rbp\n"
	"	mov	attack_registers+56(%rip), %r8\n"
	"	mov	attack_registers+64(%rip), %r9\n"
	"	mov	attack_registers+72(%rip), %r10\n"
	"	mov	attack_registers+80(%rip), %r11\n"
	"	mov	attack_registers+88(%rip), %r12\n"
	"	mov	attack_registers+96(%rip), %r13\n"
	"	mov	attack_registers+104(%rip), %r14\n"
	"	mov	attack_registers+112(%rip), %r15\n"
	"	mov	attack_registers+120(%rip), %rsp\n"
	"	mov	attack_registers(%rip), %rax\n"
	"	jmp	*attack_registers+128(%rip)\n"
	"attack_landed:\n"
	"	lea	attack_stack+16384(%rip), %rsp\n"
	"	call	attack_look\n"
	"	ud2\n"
	".size attack_jump, .-attack_jump\n"
	/* No function for ld: its address, not that of a gate. */
	".section .rodata\n"
	"attack_landing: .quad attack_landed\n"
	".text\n");

void attack_jump(void);
extern const uint64_t attack_landing;
void attack_look(void) __attribute__((used, noreturn));

/* Control is back, with whatever rights. */
void attack_look(void)
{
	progress->landed++;
	if (*secret == SECRET)
		progress->leak = progress->attempt + 1;
	siglongjmp(back, 1);
}

static void on_signal(int signo)
{
	if (signo == SIGSEGV)
		progress->faults++;
	else
		progress->bad_instructions++;
	siglongjmp(back, 1);
}

/* As in the stages between two WRPKRUs. */
static uint32_t both(int a, int b)
{
	return __ukl_compartments.part[a].pkru & __ukl_compartments.part[b].pkru & ~(3u << 2 * UKL_ID_GATE);
}

static void choose(unsigned set, unsigned long number, int self, int vault)
{
	uint64_t state = number * 2 + 1;

	for (int i = 0; i < WORDS; i++)
		room[i] = attack_landing;
	for (int i = 0; i < REGISTERS; i++)
		attack_registers[i] = (uint64_t)&room[WORDS / 2];
	attack_registers[RCX] = attack_registers[RDX] = 0;
	attack_registers[REGISTERS] = (uint64_t)&room[WORDS / 2];
	switch (set) {
	case 0:
		attack_registers[RAX] = 0;
		break;
	case 1:	/* where ids are, the vault's */
		attack_registers[RAX] = __ukl_compartments.part[vault].pkru | (uint64_t)vault << 32;
		attack_registers[R11] = attack_registers[RBP] = (uint64_t)vault;
		break;
	case 2:
		attack_registers[RAX] = both(self, vault);
		attack_registers[R11] = attack_registers[RBP] = UKL_ID_MAIN;
		break;
	default:
		for (int i = 0; i < REGISTERS; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			if (i != RCX && i != RDX)
				attack_registers[i] = state >> 61 < 3 ? state >> 60 : (uint64_t)&room[state >> 54];
		}
		attack_registers[RAX] = both(UKL_ID_GATE, vault);
	}
}

unsigned long lib_attempts(void)
{
	unsigned long count = 0;

	for (uint32_t i = 0; i < __ukl_compartments.gates; i++)
		count += __ukl_compartments.gate[i].size;
	return count;
}

/* The byte of a gate with this number. */
static void *target_of(unsigned long number)
{
	const struct ukl_gate_info *gate = __ukl_compartments.gate;

	for (; number >= gate->size; gate++)
		number -= gate->size;
	return (char *)gate->gate + number;
}

static __attribute__((noinline)) int find(const char *name)
{
	int id = 0;

	while (id < UKL_IDS && !(__ukl_compartments.part[id].name && !strcmp(__ukl_compartments.part[id].name, name)))
		id++;
	return id;
}

void lib_attack(struct progress *shared, const volatile unsigned long *where, unsigned long first, int how)
{
	static volatile unsigned long number;
	static int busy;
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };
	const int self = find("lib"), vault = find("vault");

	/* By a jump to where the gate calls this. */
	if (busy++)
		attack_look();
	progress = shared;
	secret = where;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	if (how == BY_THE_KERNEL) {
		for (number = first; number < progress->attempts; number++) {
			progress->attempt = number;
			if (sigsetjmp(back, 0) == 0) {
				choose(number % SETS, number, self, vault);
				attack_registers[REGISTERS + 1] = progress->targets[number / SETS];
				attack_jump();
			}
		}
		return;
	}
	if (how != BY_TRYING) {
		number = 0;
		if (sigsetjmp(back, 1) == 0) {
			if (how == BY_READING)
				attack_look();
			choose(0, 0, self, vault);
			attack_registers[REGISTERS + 1] = (uint64_t)stray;
			attack_jump();
		}
		return;
	}
	for (number = first; number < lib_attempts(); number++) {
		progress->attempt = number;
		if (sigsetjmp(back, 0) == 0) {
			choose((number + progress->seed) % SETS, number, self, vault);
			attack_registers[REGISTERS + 1] = (uint64_t)target_of(number);
			attack_jump();
		}
	}
	progress->attempt = number;
}

/* So that there are such gates. */
int lib_calls(void)
{
	struct wide wide = vault_make(1);

	return vault_add(1, 2) == 3 && vault_sum(wide) == 36 && vault_pointer(1, 2) == 3 &&
	       vault_pointer_sum(vault_pointer_make(1)) == 36 && main_callback(1) == 2;
}
