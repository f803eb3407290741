/* Files on the root file system: the calls that programs make every day. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include "check.h"

static char folder[] = "/tmp/ukl-files-XXXXXX";

static void contents(void)
{
	static char data[300000], back[300000];
	struct iovec parts[2] = { { data, 1000 }, { data + 1000, 299000 } };
	int file = open("data", O_CREAT | O_RDWR | O_EXCL, 0640), copy;
	struct stat info;
	off_t offset = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31 + i / 256);
	report(writev(file, parts, 2) == sizeof(data), "writev");
	report(lseek(file, 0, SEEK_SET) == 0 && read(file, back, sizeof(back)) == sizeof(back) &&
	       memcmp(data, back, sizeof(data)) == 0, "300,000 bytes come back");
	report(fstat(file, &info) == 0 && info.st_size == sizeof(data) && (info.st_mode & 0777) == 0640, "fstat");
	report(pwrite(file, "hole", 4, 1 << 20) == 4 && pread(file, back, 4, (1 << 20) - 2) == 4 &&
	       memcmp(back, "\0\0ho", 4) == 0, "a hole reads as zeros");
	report(lseek(file, 0, SEEK_HOLE) >= (off_t)sizeof(data), "SEEK_HOLE");
	copy = open("copy", O_CREAT | O_RDWR, 0600);
	report(sendfile(copy, file, &offset, 5000) == 5000 && offset == 5000, "sendfile");
	report(ftruncate(copy, 10) == 0 && lseek(copy, 0, SEEK_END) == 10, "ftruncate");
	report(flock(copy, LOCK_EX | LOCK_NB) == 0, "flock");
	report(fsync(copy) == 0 && fdatasync(file) == 0, "fsync");
	close(copy);
	close(file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void names(void)
{
	struct dirent **entries;
	char target[64] = "", path[PATH_MAX];
	struct stat info;
	int count;

	report(mkdir("sub", 0755) == 0 && rename("copy", "sub/moved") == 0, "mkdir and rename");
	report(link("data", "hard") == 0 && stat("hard", &info) == 0 && info.st_nlink == 2, "link");
	report(symlink("data", "soft") == 0 && readlink("soft", target, sizeof(target)) == 4 &&
	       strcmp(target, "data") == 0, "symlink");
	report(stat("soft", &info) == 0 && S_ISREG(info.st_mode) && lstat("soft", &info) == 0 &&
	       S_ISLNK(info.st_mode), "stat and lstat");
	count = scandir(".", &entries, NULL, by_name);
	report(count == 6 && strcmp(entries[2]->d_name, "data") == 0 && strcmp(entries[5]->d_name, "sub") == 0,
	       "scandir lists the folder");
	report(mkfifo("fifo", 0600) == 0 && lstat("fifo", &info) == 0 && S_ISFIFO(info.st_mode), "mkfifo");
	report(chmod("data", 0400) == 0 && stat("data", &info) == 0 && (info.st_mode & 0777) == 0400, "chmod");
	report(realpath("sub/../soft", path) && strcmp(strrchr(path, '/'), "/data") == 0, "realpath");
	errno = 0;
	report(rmdir("sub") == -1 && errno == ENOTEMPTY, "ENOTEMPTY");
	errno = 0;
	report(open("nothing", O_RDONLY) == -1 && errno == ENOENT, "ENOENT");
	errno = 0;
	report(open("data", O_CREAT | O_EXCL | O_RDONLY, 0600) == -1 && errno == EEXIST, "EEXIST");
	unlink("sub/moved");
	rmdir("sub");
	unlink("hard");
	unlink("soft");
	unlink("fifo");
	unlink("data");
}

static void watches(void)
{
	char buffer[1024] __attribute__((aligned(8)));
	struct inotify_event *event = (struct inotify_event *)buffer;
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	report(inotify_add_watch(watch, ".", IN_CREATE) >= 0, "inotify_add_watch");
	close(open("seen", O_CREAT | O_WRONLY, 0600));
	report(read(watch, buffer, sizeof(buffer)) > 0 && event->mask == IN_CREATE && strcmp(event->name, "seen") == 0,
	       "inotify tells of a new file");
	unlink("seen");
	close(watch);
}

static void descriptors(void)
{
	int ends[2], copy, memory;
	char text[32] = "";
	FILE *stream;

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
		exit(1);
	errno = 0;
	report(read(ends[0], text, 1) == -1 && errno == EAGAIN, "a non-blocking read");
	copy = fcntl(ends[0], F_DUPFD, 200);
	report(copy >= 200 && (fcntl(ends[0], F_GETFD) & FD_CLOEXEC) && !(fcntl(copy, F_GETFD) & FD_CLOEXEC),
	       "F_DUPFD and FD_CLOEXEC");
	memory = memfd_create("memory", 0);
	report(memory >= 0 && write(memory, "memfd", 5) == 5, "memfd_create");
	stream = fdopen(memory, "r+");
	rewind(stream);
	report(fgets(text, sizeof(text), stream) && strcmp(text, "memfd") == 0, "stdio reads it");
	fclose(stream);
	stream = tmpfile();
	report(stream && fprintf(stream, "%d %s", 17, "text") == 7 && fseek(stream, 3, SEEK_SET) == 0 &&
	       fgetc(stream) == 't', "tmpfile");
	if (stream)
		fclose(stream);
	stream = fopen("/dev/full", "w");
	fputs("x", stream);
	report(fflush(stream) == EOF && errno == ENOSPC, "/dev/full gives ENOSPC");
}

int main(void)
{
	struct statvfs info;
	struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
	struct stat stat_info;

	report(mkdtemp(folder) && chdir(folder) == 0, "mkdtemp and chdir");
	contents();
	names();
	watches();
	descriptors();
	report(statvfs(".", &info) == 0 && info.f_bsize > 0, "statvfs");
	report(utimensat(AT_FDCWD, ".", times, 0) == 0 && stat(".", &stat_info) == 0 && stat_info.st_mtime == 2000,
	       "utimensat");
	report(chdir("/") == 0 && rmdir(folder) == 0, "rmdir");
	return report_summary();
}
