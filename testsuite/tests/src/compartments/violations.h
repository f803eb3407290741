/* The library, untrusted, and the vault, trusted, of violations.c. */
#ifndef VIOLATIONS_H
#define VIOLATIONS_H

#include <stddef.h>

int lib_read(const char *address);
int lib_inner(const char *address);
void lib_write(char *address);
int lib_copy(const char *address, size_t size);
void lib_free(void *);
int lib_overflow(int depth);
int lib_add(int, int);
int lib_self(void);
void *lib_memory(void);
void *lib_counter_address(void);
void *lib_gate(void);
extern const char lib_open[];

char *vault_secret(void);
char *vault_memory(void);
int vault_self(void);

#endif
