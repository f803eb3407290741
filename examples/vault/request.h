/* Requests of the example's protocol: a byte that says which, and its text. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

#define REQUEST_SIZE 4096
#define REPLY_SIZE 65536

/* "S" and a message: the reply is its signature. "H", two bytes of length and a text: a heartbeat, whose
 * reply is the text. Returns the size of the reply, 0 for a request that cannot be understood. */
size_t request_answer(const unsigned char *request, size_t size, unsigned char reply[REPLY_SIZE]);

#endif
