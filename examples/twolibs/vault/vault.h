/* Keeps a secret key and seals messages with it. One vault per process, not thread-safe. */
#ifndef VAULT_H
#define VAULT_H

#include <stddef.h>
#include <stdint.h>

/* Fills the key from a passphrase of any length. */
void vault_unlock(const char *passphrase);

/* Returns the seal of SIZE bytes at MESSAGE under the key. This is a toy: not cryptography. */
uint64_t vault_seal(const void *message, size_t size);

#endif
