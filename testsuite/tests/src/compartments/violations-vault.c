#include <stdlib.h>
#include <string.h>
#include <ukl/compartment.h>
#include "violations.h"

static char secret[] = "the vault's secret";

char *vault_secret(void)
{
	return secret;
}

char *vault_memory(void)
{
	return strdup("the vault's memory");
}

int vault_self(void)
{
	return ukl_compartment_self();
}
