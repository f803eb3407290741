/* The kernel's console: kept for the post-mortem, searched for what the user must know. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Take SIZE bytes. With verbose every byte is copied to stderr. */
void console_feed(const char *data, size_t size, bool verbose);

/* The text after "Kernel panic - not syncing: ", or NULL if there was no panic. */
const char *console_panic(void);

/* Print the last lines on stderr, if there are any; addresses get the names that symbols_read() has found. */
void console_print_tail(void);

#endif
