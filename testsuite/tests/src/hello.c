/* For the shell tests: says hello, and which ring it runs in. */
#include <stdio.h>

int main(void)
{
	unsigned short cs;

	__asm__("mov %%cs, %0" : "=r"(cs));
	printf("hello from ring %d\n", cs & 3);
	return 0;
}
