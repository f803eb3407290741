#include <curses.h>
#include <stdio.h>
#include <term.h>
int main(void)
{
	int error = 0, rc = setupterm("xterm-256color", 1, &error);

	printf("terminal %d %d, colors %d\n", rc, error, tigetnum("colors"));
	return 0;
}
