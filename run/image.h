/* Is a file something that QEMU can boot as our image? */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

/*
 * Check that PATH is an x86-64 ELF file with a PVH entry note; else print why and exit.
 * Returns the physical address where its last segment ends: less memory cannot hold it.
 */
uint64_t image_check(const char *path);

#endif
