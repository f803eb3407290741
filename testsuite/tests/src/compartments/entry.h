/* The library of entry.c. */
#ifndef ENTRY_H
#define ENTRY_H

typedef int (*entry_function)(int);
typedef int (*entry_variadic)(int, ...);

entry_function lib_listed(void);
entry_function lib_hidden(void);
entry_variadic lib_variadic(void);
entry_function lib_nogate(void);
entry_function lib_constructor(void);
int lib_other_entered(int (*through)(entry_function));
/* Calls all of these from inside. */
int lib_own(void);

int other_call(entry_function);

#endif
