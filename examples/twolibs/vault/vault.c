#include "vault.h"

static uint64_t secret[4];

static uint64_t mix(uint64_t value)
{
	value ^= value >> 31;
	value *= 0x7fb5d329728ea185;
	value ^= value >> 27;
	value *= 0x81dadef4bc2dd44d;
	return value ^ value >> 33;
}

void vault_unlock(const char *passphrase)
{
	uint64_t state = 1;

	for (size_t i = 0; passphrase[i]; i++)
		state = mix(state + (unsigned char)passphrase[i]);
	for (int i = 0; i < 4; i++)
		secret[i] = state = mix(state + 1);
}

uint64_t vault_seal(const void *message, size_t size)
{
	const unsigned char *bytes = message;
	uint64_t seal = secret[0];

	for (size_t i = 0; i < size; i++)
		seal = mix(seal + bytes[i] + secret[i % 4]);
	return seal;
}
