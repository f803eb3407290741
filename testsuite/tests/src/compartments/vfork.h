#ifndef VFORK_H
#define VFORK_H

#define SECRET 0x5ec2e75ec2e75ec2ul

/* The vault's. */
const volatile unsigned long *vault_secret(void);
int vault_first(const char *text);
/* The library's: does it read the secret after a child of vfork() has died in the vault? */
int lib_attack(const volatile unsigned long *secret);
#endif
