#include "vault.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>
#include "mbedtls/ecdsa.h"
#include "mbedtls/memory_buffer_alloc.h"
#include "mbedtls/platform_util.h"
#include "mbedtls/sha256.h"

#define KEY_SIZE 32
#define DIGEST_SIZE 32

/* All of the library's memory: the private key is in here. */
static unsigned char pool[65536];
static mbedtls_ecdsa_context key;

static int fill_random(void *state, unsigned char *buffer, size_t size)
{
	(void)state;
	return getrandom(buffer, size, 0) == (ssize_t)size ? 0 : -1;
}

static int read_key(int fd, unsigned char binary[KEY_SIZE])
{
	char text[2 * KEY_SIZE], digit[3] = "";
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(text) && (n = read(fd, text + got, sizeof(text) - got)) > 0)
		got += (size_t)n;
	for (size_t i = 0; i < KEY_SIZE; i++) {
		digit[0] = text[2 * i];
		digit[1] = text[2 * i + 1];
		binary[i] = (unsigned char)strtoul(digit, NULL, 16);
	}
	mbedtls_platform_zeroize(text, sizeof(text));
	return got == sizeof(text) ? 0 : -1;
}

int vault_open(int fd)
{
	unsigned char binary[KEY_SIZE];
	int status;

	mbedtls_memory_buffer_alloc_init(pool, sizeof(pool));
	mbedtls_ecdsa_init(&key);
	status = read_key(fd, binary);
	if (status == 0)
		status = mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, &key, binary, sizeof(binary));
	mbedtls_platform_zeroize(binary, sizeof(binary));
	if (status == 0)
		status = mbedtls_ecp_mul(&key.grp, &key.Q, &key.d, &key.grp.G, fill_random, NULL);
	return status == 0 ? 0 : -1;
}

int vault_sign(const unsigned char *message, size_t message_size,
	       unsigned char signature[VAULT_SIGNATURE_SIZE], size_t *size)
{
	unsigned char digest[DIGEST_SIZE];

	if (mbedtls_sha256_ret(message, message_size, digest, 0) != 0)
		return -1;
	return mbedtls_ecdsa_write_signature(&key, MBEDTLS_MD_SHA256, digest, sizeof(digest), signature, size,
					     fill_random, NULL) == 0 ? 0 : -1;
}

int vault_verify(const unsigned char *message, size_t message_size, const unsigned char *signature, size_t size)
{
	unsigned char digest[DIGEST_SIZE];

	if (mbedtls_sha256_ret(message, message_size, digest, 0) != 0)
		return -1;
	return mbedtls_ecdsa_read_signature(&key, digest, sizeof(digest), signature, size) == 0 ? 0 : -1;
}
