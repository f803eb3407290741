/* Holds a private key for ECDSA with P-256. Functions return 0, or -1 on failure. */
#ifndef VAULT_H
#define VAULT_H

#include <stddef.h>

#define VAULT_SIGNATURE_SIZE 80

/* Reads the key, 64 hexadecimal digits, from a file descriptor. Call it first, once. */
int vault_open(int fd);

/* Signs the SHA-256 digest of a message; *size is the size of the signature, in DER. */
int vault_sign(const unsigned char *message, size_t message_size,
	       unsigned char signature[VAULT_SIGNATURE_SIZE], size_t *size);

/* Is this a signature of the message by the vault's key? */
int vault_verify(const unsigned char *message, size_t message_size, const unsigned char *signature, size_t size);

#endif
