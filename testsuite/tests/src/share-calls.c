/*
 * What a file server answers, in all forms: the same lines on the host and in a machine, for a folder that is empty
 * at first. Also the calls for tests of the decoder.
 *
 *   share-calls all FOLDER           every kind of call
 *   share-calls mount VERSION FOLDER mounts the share that FOLDER is with this version of the protocol, then the above
 *   share-calls stat FILE N          calls umask(), which a debugger can stop at; then fstat(), N times, a line each
 *   share-calls walk FILE N          the same with lstat()
 *   share-calls read FILE N          the same with read()
 *   share-calls link FILE N          the same with readlink(), the file opened before
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MANY	300

static const char *error(int result)
{
	return result < 0 ? strerrorname_np(errno) : "ok";
}

static unsigned int sum(const void *data, size_t size)
{
	const unsigned char *byte = data;
	unsigned int hash = 0;

	while (size--)
		hash = hash * 31 + *byte++;
	return hash;
}

static void fill(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[i * 7 % 36];
	text[length] = 0;
}

static void show(const char *name)
{
	struct stat st;
	int result = lstat(name, &st);

	if (result) {
		printf("stat %.20s: %s\n", name, error(result));
		return;
	}
	printf("stat %.20s: mode %o links %d owner %d:%d size %lld\n", name, st.st_mode, (int)st.st_nlink, st.st_uid, st.st_gid,
	       S_ISDIR(st.st_mode) ? 0 : (long long)st.st_size);
}

static void links(void)
{
	static const int lengths[] = { 1, 100, 480, 520, 1000, 2047, 3000, 4000 };
	char target[4096], back[4096];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		char name[20];
		ssize_t got;

		fill(target, lengths[i]);
		sprintf(name, "link%d", lengths[i]);
		printf("symlink %d: %s\n", lengths[i], error(symlink(target, name)));
		got = readlink(name, back, sizeof(back));
		printf("readlink %zd %s\n", got, got == lengths[i] && !memcmp(back, target, got) ? "same" : "other");
		show(name);
	}
}

static void names(void)
{
	struct dirent **list;
	char name[300];
	int count, length = 0;
	unsigned int hash = 0;

	printf("mkdir many: %s\n", error(mkdir("many", 0755)));
	for (int i = 0; i < MANY; i++) {
		strcpy(name, "many/");
		fill(name + strlen(name), i % 240 + 1);
		length = sprintf(name + strlen(name), "%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
	count = scandir("many", &list, NULL, alphasort);
	for (int i = 0; i < count; i++)
		hash = hash * 31 + sum(list[i]->d_name, strlen(list[i]->d_name)) + list[i]->d_type;
	printf("many: %d names, %u, last %d\n", count, hash, length);
	fill(name, 255);
	printf("255 letters: %s\n", error(close(open(name, O_CREAT | O_WRONLY, 0600))));
	show(name);
	fill(name, 256);
	printf("256 letters: %s\n", error(open(name, O_CREAT | O_WRONLY, 0600)));
}

static void deep(void)
{
	char path[200] = "", longest[200];

	for (int i = 0; i < 40; i++) {
		sprintf(path + strlen(path), "%sd%d", i ? "/" : "", i);
		if (mkdir(path, 0700))
			printf("mkdir %d: %s\n", i, error(-1));
	}
	strcpy(longest, path);
	show(longest);
	strcat(path, "/nothing");
	show(path);
	show("d0/d1/d2/d3/nothing/d5/d6");
}

/* @full: 9P2000.L. An fsync() by 9P2000.u has no end with QEMU 7.2. */
static void data(int full)
{
	static char block[1 << 20], back[1 << 20];
	struct stat st;
	int fd = open("data", O_CREAT | O_RDWR, 0640);

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i * 2654435761U >> 24;
	printf("write %zd\n", write(fd, block, sizeof(block)));
	for (size_t size = 1; size <= sizeof(block); size *= 4) {
		ssize_t got = pread(fd, back, size, sizeof(block) - size);

		printf("read %zd %s\n", got, memcmp(back, block + sizeof(block) - size, size) ? "other" : "same");
	}
	printf("read at the end %zd\n", pread(fd, back, 100, sizeof(block)));
	printf("truncate: %s\n", error(ftruncate(fd, 12345)));
	printf("fstat: %s", error(fstat(fd, &st)));
	printf(" %lld\n", (long long)st.st_size);
	if (full)
		printf("fsync: %s\n", error(fsync(fd)));
	printf("chmod: %s\n", error(fchmod(fd, 04711)));
	printf("times: %s\n", error(futimens(fd, (struct timespec []){ { 1000000000, 0 }, { 1234567890, 0 } })));
	stat("data", &st);
	printf("mtime %lld.%09ld\n", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	close(fd);
	show("data");
}

static void locks(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20 };
	int fd = open("data", O_RDWR);

	printf("lock: %s\n", error(fcntl(fd, F_SETLK, &lock)));
	printf("getlk: %s", error(fcntl(fd, F_GETLK, &lock)));
	printf(" %d\n", lock.l_type == F_UNLCK);
	lock.l_type = F_UNLCK;
	printf("unlock: %s\n", error(fcntl(fd, F_SETLK, &lock)));
	close(fd);
}

static void attributes(void)
{
	static char value[3000], back[3000];
	ssize_t got;
	int set;

	fill(value, sizeof(value) - 1);
	set = setxattr("data", "user.long", value, sizeof(value), 0);
	printf("setxattr: %s\n", error(set));
	got = getxattr("data", "user.long", back, sizeof(back));
	printf("getxattr: %zd %s\n", got, got == sizeof(value) && !memcmp(value, back, got) ? "same" : "other");
	got = getxattr("data", "user.none", back, sizeof(back));
	printf("getxattr: %s\n", error(got));
	printf("listxattr: %d\n", listxattr("data", back, sizeof(back)) > 0);
}

static void changes(void)
{
	struct statvfs fs;

	printf("link: %s\n", error(link("data", "second")));
	show("second");
	printf("rename: %s\n", error(rename("second", "many/third")));
	show("many/third");
	printf("rename onto a folder: %s\n", error(rename("data", "many")));
	printf("rmdir: %s\n", error(rmdir("many")));
	printf("mkdir: %s\n", error(mkdir("many", 0755)));
	printf("unlink: %s\n", error(unlink("none")));
	printf("open as a folder: %s\n", error(open("data/file", O_RDONLY)));
	printf("exclusive: %s\n", error(open("data", O_CREAT | O_EXCL | O_RDWR, 0600)));
	printf("statvfs: %s\n", error(statvfs(".", &fs)));
	printf("names up to %lu\n", fs.f_namemax);
}

static int all(const char *folder, int full)
{
	if (chdir(folder)) {
		printf("%s: %s\n", folder, error(-1));
		return 1;
	}
	umask(022);
	names();
	deep();
	data(full);
	if (full) {
		links();
		locks();
		attributes();
		changes();
	}
	return 0;
}

/* The tag of the share: the source of its mount. */
static int again(const char *version, const char *folder)
{
	char line[1000], tag[100], where[200], options[100];
	FILE *mounts = fopen("/proc/mounts", "r");

	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%99s %199s 9p", tag, where) == 2 && !strcmp(where, folder)) {
			fclose(mounts);
			sprintf(options, "trans=virtio,version=%s", version);
			if (umount(folder) || mount(tag, folder, "9p", 0, options)) {
				perror("mount");
				return 1;
			}
			return all(folder, !strcmp(version, "9p2000.L"));
		}
	fprintf(stderr, "%s is no share\n", folder);
	return 1;
}

/* One call that is answered by a reply of its own kind: 0, or -1 and errno. */
static int call(const char *how, const char *file, int fd)
{
	struct stat st;
	char text[100];

	if (!strcmp(how, "stat"))
		return fstat(fd, &st);
	if (!strcmp(how, "walk"))
		return lstat(file, &st);
	return (!strcmp(how, "read") ? pread(fd, text, sizeof(text), 0) : readlinkat(fd, "", text, sizeof(text))) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const char *const hows[] = { "stat", "walk", "read", "link" };

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "all"))
		return all(argv[2], 1);
	if (argc == 4 && !strcmp(argv[1], "mount"))
		return again(argv[2], argv[3]);
	for (size_t i = 0; argc == 4 && i < sizeof(hows) / sizeof(*hows); i++)
		if (!strcmp(argv[1], hows[i])) {
			/* Of a file that is open the name is known. */
			int fd = strcmp(hows[i], "walk") ? open(argv[2], strcmp(hows[i], "link") ? O_RDONLY : O_PATH | O_NOFOLLOW) : -1;

			umask(022);
			for (int n = 0; n < atoi(argv[3]); n++)
				printf("%s: %s\n", hows[i], error(call(hows[i], argv[2], fd)));
			return 0;
		}
	fprintf(stderr, "usage: share-calls all FOLDER | mount VERSION FOLDER | stat|walk|read|link FILE N\n");
	return 2;
}
