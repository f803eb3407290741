#include "config.h"

#include "sys.h"

static char program[] = "/ukl/program";
static char *just_program[] = { program, NULL };

static char *standard_environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"USER=root",
};

#define STANDARD (sizeof standard_environment / sizeof *standard_environment)

/* The whole file plus a zero byte, or NULL if there is none. */
static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	off_t length;
	char *data;

	if (fd < 0)
		return NULL;
	length = lseek(fd, 0, SEEK_END);
	lseek(fd, 0, SEEK_SET);
	data = malloc(length + 1);
	for (*size = 0; data && *size < (size_t)length;) {
		ssize_t n = read(fd, data + *size, length - *size);

		if (n <= 0)
			break;
		*size += n;
	}
	close(fd);
	if (data)
		data[*size] = '\0';
	return data;
}

/* The value if RECORD is KEY=VALUE, else NULL. */
static char *value_of(char *record, const char *key)
{
	size_t length = strlen(key);

	return !strncmp(record, key, length) && record[length] == '=' ? record + length + 1 : NULL;
}

static bool same_name(const char *a, const char *b)
{
	size_t length = strchr(a, '=') ? (size_t)(strchr(a, '=') - a) + 1 : strlen(a) + 1;

	return !strncmp(a, b, length);
}

/* Add NAME=VALUE; a later one of the same name wins. */
static void set_environment(char **list, char *text)
{
	while (*list && !same_name(*list, text))
		list++;
	*list = text;
}

static void append(char **list, char *text)
{
	while (*list)
		list++;
	*list = text;
}

static void take_record(struct config *c, char *record)
{
	char *value;

	if ((value = value_of(record, "env")))
		set_environment(c->envp, value);
	else if ((value = value_of(record, "cwd")))
		c->cwd = value;
	else if ((value = value_of(record, "exec")))
		c->exec = value;
	else if ((value = value_of(record, "net")))
		c->net = value;
	else if ((value = value_of(record, "net6")))
		c->net6 = value;
	else if ((value = value_of(record, "core")))
		c->core = value;
	else if ((value = value_of(record, "winsize")))
		c->winsize = value;
	else if ((value = value_of(record, "share")))
		append(c->shares, value);
	else if ((value = value_of(record, "disk")))
		append(c->disks, value);
	else if ((value = value_of(record, "stdio")))
		c->stdio = strcmp(value, "tty") ? STDIO_PORT : STDIO_TTY;
	else if (value_of(record, "stderr"))
		c->stderr_port = true;
	else if (value_of(record, "status"))
		c->status_port = true;
	else if (value_of(record, "clock"))
		c->clock_port = true;
	else
		report("unknown record in /ukl/config:", record);
}

static void set_program(struct config *c, char **argv)
{
	c->argv = *argv ? argv : just_program;
}

void config_read(struct config *c, int argc, char **argv, char **envp)
{
	size_t size, records = 0, args = 0;
	char *data = read_file("/ukl/config", &size), **list, *end;

	c->cwd = "/";
	c->stdio = STDIO_CONSOLE;
	if (!data) {
		static char *none[1];

		set_program(c, argv + (argc > 0));
		c->envp = envp;
		c->shares = c->disks = none;
		return;
	}
	end = data + size;
	for (char *p = data; p < end; p += strlen(p) + 1)
		records++;
	/* Four lists, each with room for all records and a NULL; malloc gives zeroes. */
	list = malloc((4 * (records + 1) + STANDARD) * sizeof *list);
	c->shares = list + records + 1;
	c->disks = c->shares + records + 1;
	c->envp = c->disks + records + 1;
	for (size_t i = 0; i < STANDARD; i++)
		c->envp[i] = standard_environment[i];
	for (char *p = data; p < end; p += strlen(p) + 1) {
		char *value = value_of(p, "arg");

		if (value)
			list[args++] = value;
		else
			take_record(c, p);
	}
	set_program(c, list);
}
