#ifndef INTERNALS_H
#define INTERNALS_H

/* Of the library, which is hostile: what they return is errno. */
int lib_takes_signal(int signo);
int lib_takes_violations(void);
/* Changes the shared heap so that its next object of 64 bytes would be in main's. */
void lib_damages_heap(void);
#endif
