/* argv, environ, working directory and standard input arrive byte by byte. */
// test: args="one two=2 --mem -- -x" stdin=$'line one\nline two\n'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

int main(int argc, char **argv, char **envp)
{
	static const char *const wanted[] = { "one", "two=2", "--mem", "--", "-x" };
	char line[64];
	int equal = 0;

	report(argc == 6 && argv[6] == NULL, "argc counts the words and argv ends with NULL");
	for (int i = 1; i < argc && i < 6; i++)
		equal += strcmp(argv[i], wanted[i - 1]) == 0;
	report(equal == 5, "words that look like options reach the program");
	report(strcmp(strrchr(argv[0], '/') ? strrchr(argv[0], '/') : argv[0], "/args") == 0,
	       "argv[0] ends in the image's name");
	report(envp == environ && getenv("PATH") != NULL, "PATH is set");
	report(setenv("ADDED", "value", 1) == 0 && strcmp(getenv("ADDED"), "value") == 0, "setenv() works");
	report(fgets(line, sizeof(line), stdin) && strcmp(line, "line one\n") == 0, "stdin's first line");
	report(fgets(line, sizeof(line), stdin) && strcmp(line, "line two\n") == 0, "stdin's second line");
	report(fgets(line, sizeof(line), stdin) == NULL && feof(stdin), "stdin ends");
	return report_summary();
}
