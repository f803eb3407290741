#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static void record(FILE *out, const char *key, const char *value)
{
	fprintf(out, "%s=%s", key, value);
	putc('\0', out);
}

static void record_shares(FILE *out, const struct mappings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char *value = xprintf("share%zu:%s", i, list->item[i].guest);

		record(out, "share", value);
		free(value);
	}
}

static void record_disks(FILE *out, const struct mappings *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char *value;

		if (!list->item[i].guest)
			continue;
		value = xprintf("/dev/vd%c:%s", (char)('a' + i), list->item[i].guest);
		record(out, "disk", value);
		free(value);
	}
}

static void record_terminal(FILE *out)
{
	const char *term = getenv("TERM");
	struct winsize size = { 0 };

	record(out, "stdio", "tty");
	if (!ioctl(STDIN_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
		char *text = xprintf("%ux%u", size.ws_row, size.ws_col);

		record(out, "winsize", text);
		free(text);
	}
	if (term) {
		char *text = xprintf("TERM=%s", term);

		record(out, "env", text);
		free(text);
	}
}

static char *records(const struct options *o, bool tty, bool by_hand, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		die(EXIT_MACHINE, "out of memory");
	record(out, "arg", o->image);
	for (char **arg = o->args; *arg; arg++)
		record(out, "arg", *arg);
	if (tty)
		record_terminal(out);
	else
		record(out, "stdio", "port");
	if (tty && !isatty(STDERR_FILENO))
		record(out, "stderr", "port");
	if (!by_hand)
		record(out, "status", "port");
	if (!by_hand && !o->icount)
		record(out, "clock", "port");
	for (size_t i = 0; i < o->env.count; i++)
		record(out, "env", o->env.item[i]);
	record(out, "cwd", o->cwd);
	if (o->exec)
		record(out, "exec", o->exec);
	if (o->core)
		record(out, "core", CORE_FOLDER);
	record_shares(out, &o->share);
	record_disks(out, &o->disk);
	if (o->net.address)
		record(out, "net", o->net.address);
	if (o->net.address6)
		record(out, "net6", o->net.address6);
	if (fclose(out))
		die(EXIT_MACHINE, "out of memory");
	return text;
}

static void pad(FILE *out, size_t size)
{
	for (; size % 4; size++)
		putc('\0', out);
}

/* One entry of a "newc" cpio archive. */
static void entry(FILE *out, unsigned int inode, unsigned int mode, const char *name,
		  const char *data, size_t size)
{
	size_t name_size = strlen(name) + 1;

	fprintf(out, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", inode, mode,
		0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0);
	fwrite(name, 1, name_size, out);
	pad(out, 110 + name_size);
	fwrite(data, 1, size, out);
	pad(out, size);
}

static int open_file(bool by_hand, char **path)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	if (!by_hand) {
		/* Inherited by QEMU, which opens it again through /proc. */
		fd = memfd_create("ukl-config", 0);
		*path = xprintf("/proc/self/fd/%d", fd);
	} else {
		*path = xprintf("%s/ukl-config-XXXXXX.cpio", tmp && *tmp ? tmp : "/tmp");
		fd = mkstemps(*path, strlen(".cpio"));
	}
	if (fd < 0)
		die(EXIT_MACHINE, "%s: %s", *path, strerror(errno));
	return fd;
}

/* The kernel unpacks archives one after the other, each at a multiple of 4 bytes. */
static void archive_first(FILE *out, const char *path)
{
	FILE *in = fopen(path, "re");
	char chunk[65536];
	size_t size = 0, got;

	if (!in)
		die(EXIT_USAGE, "--initrd %s: %s", path, strerror(errno));
	while ((got = fread(chunk, 1, sizeof chunk, in)) > 0) {
		if (!size && (got < 6 || memcmp(chunk, "070701", 6)))
			die(EXIT_USAGE, "--initrd %s: not a cpio archive; make one with cpio -o -H newc", path);
		fwrite(chunk, 1, got, out);
		size += got;
	}
	if (ferror(in) || !size)
		die(EXIT_USAGE, "--initrd %s: %s", path, ferror(in) ? strerror(errno) : "is empty");
	fclose(in);
	pad(out, size);
}

int config_write(const struct options *o, bool tty, bool by_hand, char **path)
{
	size_t size, archive_size;
	char *text = records(o, tty, by_hand, &size), *archive = NULL;
	FILE *out = open_memstream(&archive, &archive_size);
	int fd;

	if (!out)
		die(EXIT_MACHINE, "out of memory");
	if (o->initrd)
		archive_first(out, o->initrd);
	entry(out, 1, 0040755, "ukl", "", 0);
	entry(out, 2, 0100400, "ukl/config", text, size);
	entry(out, 0, 0, "TRAILER!!!", "", 0);
	if (fclose(out))
		die(EXIT_MACHINE, "out of memory");
	fd = open_file(by_hand, path);
	if (write_all(fd, archive, archive_size))
		die(EXIT_MACHINE, "%s: %s", *path, strerror(errno));
	free(archive);
	free(text);
	return fd;
}
