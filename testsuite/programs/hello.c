/* The smallest whole program: both streams, and an exit status that is neither 0 nor 1. */
// test: status=42
#include <stdio.h>

int main(void)
{
	puts("hello, world");
	fputs("this goes to stderr\n", stderr);
	return 42;
}
