#include "mounts.h"

#include <linux/mount.h>

#include "sys.h"

#define PATH_SIZE 4096

struct filesystem {
	const char *type, *path, *options;
	unsigned long flags;
};

static const struct filesystem system_table[] = {
	{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "devtmpfs", "/dev", "mode=0755", MS_NOSUID },
	{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
	{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
};

static const char *const device_links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* Disk file systems in the order they are tried; what the kernel does not have fails quickly. */
static const char *const disk_types[] = { "ext4", "ext2", "vfat", "iso9660", "squashfs" };

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Make all folders on the way to PATH; with whole also PATH itself. */
static void make_folders(const char *path, bool whole)
{
	char part[PATH_SIZE];

	if (strlcpy(part, path, sizeof part) >= sizeof part)
		return;
	for (char *p = part + 1; *p; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(part, 0755);
			*p = '/';
		}
	if (whole)
		mkdir(part, 0755);
}

void mount_system(void)
{
	for (size_t i = 0; i < COUNT(system_table); i++) {
		const struct filesystem *f = &system_table[i];

		mkdir(f->path, 0755);
		/* Not every kernel has every file system. */
		if (mount(f->type, f->path, f->type, f->flags, f->options) && errno != ENODEV)
			report_errno("mount", f->path);
	}
	for (size_t i = 0; i < COUNT(device_links); i++)
		symlink(device_links[i][0], device_links[i][1]);
}

static int mount_share(const char *tag, const char *path)
{
	/* No cache: the host sees every write at once, and the guest every change on the host. */
	return mount(tag, path, "9p", MS_NODEV | MS_NOSUID,
		     "trans=virtio,version=9p2000.L,msize=131072,cache=none,access=client");
}

static int mount_disk(const char *device, const char *path)
{
	for (size_t i = 0; i < COUNT(disk_types); i++)
		if (!mount(device, path, disk_types[i], MS_NOSUID | MS_NOATIME, NULL))
			return 0;
	return -1;
}

static int mount_list(char **list, int (*mount_one)(const char *, const char *))
{
	for (; *list; list++) {
		char source[64], *path = strchr(*list, ':');
		size_t length = path ? path - *list : 0;

		if (!length || length >= sizeof source) {
			report("bad mount in /ukl/config:", *list);
			return -1;
		}
		memcpy(source, *list, length);
		source[length] = '\0';
		make_folders(++path, true);
		if (mount_one(source, path)) {
			report_errno(source, path);
			return -1;
		}
	}
	return 0;
}

int mount_requested(const struct config *c)
{
	return mount_list(c->disks, mount_disk) || mount_list(c->shares, mount_share) ? -1 : 0;
}

static void unmount_list(char **list)
{
	size_t n = 0;

	while (list[n])
		n++;
	while (n--) /* an inner mount came later */
		umount2(strchr(list[n], ':') + 1, 0);
}

void unmount_all(const struct config *c)
{
	sys0(__NR_sync);
	unmount_list(c->shares);
	unmount_list(c->disks);
}

void link_program(const char *cwd, const char *argv0)
{
	char path[PATH_SIZE] = "";
	const char *name = strrchr(argv0, '/');
	struct stat st;

	if (name && argv0[0] != '/') {
		if (stat(cwd, &st))
			return; /* below a share, or a mistake that shows later */
		strlcpy(path, cwd, sizeof path);
		strlcat(path, "/", sizeof path);
	}
	if (name && strlcat(path, argv0, sizeof path) < sizeof path) {
		make_folders(path, false);
		symlink("/ukl/program", path);
	}
	name = name ? name + 1 : argv0;
	if (*name && strlcpy(path, "/bin/", sizeof path) &&
	    strlcat(path, name, sizeof path) < sizeof path)
		symlink("/ukl/program", path);
}
