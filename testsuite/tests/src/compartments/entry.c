/* Functions that the policy does not list, called through pointers. argv[1] names the case. */
#include <stdio.h>
#include <string.h>
#include "entry.h"

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	printf("own %d\n", lib_own());
	fflush(stdout);
	if (!strcmp(what, "listed"))
		printf("listed %d\n", lib_listed()(2));
	else if (!strcmp(what, "hidden"))
		printf("hidden %d\n", lib_hidden()(2));
	else if (!strcmp(what, "variadic"))
		printf("variadic %d\n", lib_variadic()(2, 3));
	else if (!strcmp(what, "nogate"))
		printf("nogate %d\n", lib_nogate()(2));
	else if (!strcmp(what, "constructor"))
		lib_constructor()(0);
	else if (!strcmp(what, "other"))
		lib_other_entered(other_call);
	printf("end\n");
	return 0;
}
