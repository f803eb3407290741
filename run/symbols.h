/* Names for the addresses in the kernel's messages: the image has the symbols of kernel and program. */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdio.h>

/* Read IMAGE's symbols. A stripped image has none, and nothing gets a name. */
void symbols_read(const char *image);

/* Print LINE; behind each 0x... that lies in a function comes NAME+OFFSET. */
void symbols_print(FILE *out, const char *line);

#endif
