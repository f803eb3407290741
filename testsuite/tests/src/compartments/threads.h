/* The library of threads.c. */
#ifndef THREADS_H
#define THREADS_H

int lib_add(int, int);
void *lib_start(void *);
void lib_exit_thread(void *result);
/* Waits until the thread is cancelled; how many cleanup handlers that has run. */
void lib_wait(void);
int lib_handled(void);
/* The sum of what so many threads of the library's return. */
int lib_threads(int count);

#endif
