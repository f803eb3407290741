#ifndef OBJECTS_H
#define OBJECTS_H
#include <stdint.h>

/* Of the compartment, which may be hostile. */
int lib_read(volatile const uint64_t *address);
int lib_write(volatile uint64_t *address);
/* A page with a stack: the word in its middle is where lib_call() goes on. */
uint64_t *lib_page(void);
/* Goes to ENTRY with this stack pointer, and NUMBER in rax. Returns rax. */
long lib_call(uint64_t entry, uint64_t stack, long number);

/* The kernel is farther away than the compiler thinks. */
#define ENTRY(symbol)	({ uint64_t entry_; __asm__("movabs $" #symbol ", %0" : "=r"(entry_)); entry_; })
#endif
