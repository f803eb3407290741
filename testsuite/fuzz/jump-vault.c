/* A trusted compartment with a secret. */
#include "jump.h"

static volatile unsigned char secret[SECRET_BYTES];

const volatile unsigned char *vault_secret(void)
{
	static volatile uint32_t complement = NO_VAULT_SECRET;

	plant_secret(secret, complement);
	return secret;
}
