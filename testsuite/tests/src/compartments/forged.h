#ifndef FORGED_H
#define FORGED_H
#include <stdint.h>

/* What the compartment must not read, and where it says that it has, which it may write. */
void lib_forge(uint64_t wrpkru, uint64_t return_to, const volatile uint64_t *secret);
int lib_has_read(void);
/* A read with a PKRU that opens one of the kernel's two keys only, from a WRPKRU of ukl_sys_read's on. */
long lib_read_half_open(uint64_t wrpkru, int file, char *page);
#endif
