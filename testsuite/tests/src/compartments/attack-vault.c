/* The secret, and functions whose gates the library attacks. */
#include "attack.h"

static volatile unsigned long secret = SECRET;

const volatile unsigned long *vault_secret(void)
{
	return &secret;
}

int vault_add(int a, int b)
{
	return a + b;
}

long vault_sum(struct wide wide)
{
	long sum = 0;

	for (int i = 0; i < 8; i++)
		sum += wide.words[i];
	return sum;
}

struct wide vault_make(long first)
{
	struct wide wide;

	for (int i = 0; i < 8; i++)
		wide.words[i] = first + i;
	return wide;
}

int (*const vault_pointer)(int, int) = vault_add;
long (*const vault_pointer_sum)(struct wide) = vault_sum;
struct wide (*const vault_pointer_make)(long) = vault_make;
