/* File format: "PIC1", width and height (a byte each, 0 means 256), then a zlib stream of pixels and,
 * after them, corrections: a distance of 4 bytes from the first pixel, the lowest first, and a value. */
#include "picture.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define HEADER 6
#define CORRECTION 5
#define PIXELS (PICTURE_SIDE * PICTURE_SIDE)

static unsigned char file[PIXELS], content[2 * PIXELS], pixels[PIXELS];
static struct picture picture;

static size_t read_all(int fd)
{
	size_t size = 0;
	ssize_t n;

	while (size < sizeof(file) && (n = read(fd, file + size, sizeof(file) - size)) > 0)
		size += (size_t)n;
	return size;
}

/* The planted error: nothing says that the distance is within the picture. */
static void correct(const unsigned char *correction)
{
	int32_t distance;

	memcpy(&distance, correction, sizeof(distance));
	pixels[distance] = correction[4];
}

/* Returns the number of bytes that the stream has, 0 if it is damaged. */
static size_t unpack(const unsigned char *stream, size_t size)
{
	z_stream z = { .next_in = (Bytef *)stream, .avail_in = (uInt)size,
		       .next_out = content, .avail_out = sizeof(content) };
	int status;

	if (inflateInit(&z) != Z_OK)
		return 0;
	status = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	return status == Z_STREAM_END ? z.total_out : 0;
}

const struct picture *picture_read(int fd)
{
	size_t size = read_all(fd), count, total;

	if (size < HEADER || memcmp(file, "PIC1", 4))
		return NULL;
	picture.width = file[4] ? file[4] : PICTURE_SIDE;
	picture.height = file[5] ? file[5] : PICTURE_SIDE;
	count = (size_t)(picture.width * picture.height);
	total = unpack(file + HEADER, size - HEADER);
	if (total < count)
		return NULL;
	memcpy(pixels, content, count);
	for (size_t at = count; at + CORRECTION <= total; at += CORRECTION)
		correct(content + at);
	picture.pixels = pixels;
	return &picture;
}
