/* The library of attack.c, which is hostile, and the vault. */
#ifndef ATTACK_H
#define ATTACK_H

#define UKL_SHARED __attribute__((ukl_shared))

#define SECRET 0x5ec2e75ec2e75ec2ul
#define SETS 4	/* of hostile registers */
#define TARGETS 2000

enum { BY_TRYING, BY_READING, BY_A_STRAY_INSTRUCTION, BY_THE_KERNEL };

/* What the parent sees of a child: shared memory. */
struct progress {
	unsigned seed;			/* which byte is tried with which of the SETS */
	volatile unsigned long attempt;	/* the number of the one in progress */
	volatile unsigned long faults, bad_instructions, landed;
	volatile unsigned long leak;	/* the attempt that read the secret, plus one */
	unsigned long attempts;		/* BY_THE_KERNEL: how many, */
	unsigned long targets[TARGETS];	/* and where to */
};

struct wide {
	long words[8];
};

/* Attempts from this number on; returns when there are no more. */
void lib_attack(struct progress *, const volatile unsigned long *secret, unsigned long first, int how);
unsigned long lib_attempts(void);

/* What it may call, so that there are gates of all kinds to jump into. */
const volatile unsigned long *vault_secret(void);
int vault_add(int, int);
long vault_sum(struct wide);
struct wide vault_make(long);
long main_callback(long);
extern int (*const vault_pointer)(int, int);
extern long (*const vault_pointer_sum)(struct wide);
extern struct wide (*const vault_pointer_make)(long);
int lib_calls(void);

/* attack-stray.S; weak. */
void stray(void) __attribute__((weak));

#endif
