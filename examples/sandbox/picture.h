/* Pictures of one byte per pixel, and the decoder that reads them. */
#ifndef PICTURE_H
#define PICTURE_H

#define PICTURE_SIDE 256

struct picture {
	int width, height;
	const unsigned char *pixels;	/* rows from the top, without gaps */
};

/* Reads a picture from a file descriptor. Returns NULL if it is none. The decoder owns the result;
 * it is valid until the next call. */
const struct picture *picture_read(int fd);

#endif
