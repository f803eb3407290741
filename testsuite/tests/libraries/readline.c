#include <stdio.h>
#include <readline/readline.h>
#include <readline/history.h>
int main(void)
{
	char *line;

	rl_outstream = stderr;
	line = readline("> ");
	add_history(line ? line : "");
	printf("read: %s, history: %d\n", line, history_length);
	return 0;
}
