/* Reads a picture from standard input and says how it would be printed. */
#include <stdio.h>
#include "picture.h"

/* What a caller has to lose. */
char print_command[32] = "lp -o fit-to-page";

static int mean(const unsigned char *pixels, int count)
{
	long sum = 0;

	for (int i = 0; i < count; i++)
		sum += pixels[i];
	return (int)(sum / count);
}

int main(void)
{
	const struct picture *picture = picture_read(0);
	int width, height;

	if (!picture) {
		fprintf(stderr, "printer: standard input is no picture\n");
		return 1;
	}
	/* The decoder is not trusted: its numbers are read once and checked. */
	width = picture->width;
	height = picture->height;
	if (width < 1 || width > PICTURE_SIDE || height < 1 || height > PICTURE_SIDE) {
		fprintf(stderr, "printer: the decoder's result is none\n");
		return 1;
	}
	printf("picture: %d x %d, mean %d\n", width, height, mean(picture->pixels, width * height));
	printf("would run: %s\n", print_command);
	return 0;
}
