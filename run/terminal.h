/* The user's terminal while the guest has it. */
#ifndef TERMINAL_H
#define TERMINAL_H

/* Pass all keys through unchanged until terminal_restore(), which also runs at exit. */
void terminal_raw(void);
void terminal_restore(void);

#endif
