#include <stdio.h>
#include <string.h>
#include <zlib.h>
int main(void)
{
	static char text[100000], back[sizeof(text)];
	static unsigned char small[sizeof(text)];
	uLongf size = sizeof(small), length = sizeof(back);

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * i % 251);
	if (compress(small, &size, (unsigned char *)text, sizeof(text)) != Z_OK ||
	    uncompress((unsigned char *)back, &length, small, size) != Z_OK)
		return 1;
	printf("zlib %s: %s, smaller: %d\n", zlibVersion(), memcmp(text, back, sizeof(text)) ? "differs" : "same", size < sizeof(text));
	return 0;
}
