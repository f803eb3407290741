#include "thread-attack.h"

static volatile unsigned long secret = SECRET;

const volatile unsigned long *vault_secret(void)
{
	return &secret;
}
