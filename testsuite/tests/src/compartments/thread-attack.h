/* A vault with a secret, a hostile library, and what both tell the program. */
#ifndef THREAD_ATTACK_H
#define THREAD_ATTACK_H

#define SECRET 0x5ec4e7ul

struct result {
	volatile unsigned long leaks;	/* the library's code has read the secret in another's thread */
	volatile unsigned long hits;	/* it has run in another's thread, but could not */
	volatile unsigned long tries;
};

const volatile unsigned long *vault_secret(void);
/* Starts the library's own thread; false if it cannot find where a thread's start routine is noted. */
int lib_begin(struct result *, const volatile unsigned long *secret);
void lib_end(void);

#endif
