/* Has a secret, and a function that dies of a wrong argument. */
#include "vfork.h"

static volatile unsigned long secret = SECRET;

const volatile unsigned long *vault_secret(void)
{
	return &secret;
}

int vault_first(const char *text)
{
	return *text;
}
