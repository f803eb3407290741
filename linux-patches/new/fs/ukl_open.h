/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Open and close by a ring-0 program: do_sys_openat2() for the usual flags and a short path, which
 * then needs no page of its own, and close() without a look at locks that the file
 * never had. Included by open.c, whose functions get all other cases.
 */
#include <linux/audit.h>

#include <asm/ukl.h>
#include <asm/ukl_shortcut.h>

/* With the terminating NUL. */
#define UKL_SHORT_PATH	96

/* Nothing that build_open_flags() would check, or derive a mode from. */
#define UKL_PLAIN_FLAGS	(O_ACCMODE | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_LARGEFILE | O_NOCTTY)

long ukl_openat(int dfd, const char __user *path, int flags, umode_t mode)
{
	struct {
		struct filename name;
		char path[UKL_SHORT_PATH];
	} short_name __uninitialized;
	struct open_flags op;
	struct file *file;
	long len;
	int fd;

	BUILD_BUG_ON(sizeof(short_name.name) != offsetof(typeof(short_name), path));
	if (!static_branch_likely(&ukl_path_key) || (flags & ~UKL_PLAIN_FLAGS) || !audit_dummy_context())
		goto generic;
	len = strncpy_from_user(short_name.path, path, UKL_SHORT_PATH);
	if (unlikely(len <= 0 || len == UKL_SHORT_PATH))
		goto generic;
	short_name.name.name = short_name.path;
	short_name.name.uptr = path;
	short_name.name.aname = NULL;
	/* Whoever holds it beyond do_filp_open() would be the auditor. */
	atomic_set(&short_name.name.refcnt, 1);

	op.open_flag = (flags & ~O_CLOEXEC) | O_LARGEFILE;
	op.mode = 0;
	op.acc_mode = ACC_MODE(flags) | (flags & O_APPEND ? MAY_APPEND : 0);
	op.intent = LOOKUP_OPEN;
	op.lookup_flags = LOOKUP_FOLLOW;

	fd = get_unused_fd_flags(flags);
	if (unlikely(fd < 0))
		return fd;
	file = do_filp_open(dfd, &short_name.name, &op);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
generic:
	return do_sys_open(dfd, path, flags | O_LARGEFILE, mode);
}

long ukl_open(const char __user *path, int flags, umode_t mode)
{
	return ukl_openat(AT_FDCWD, path, flags, mode);
}

long __ukl_sys_close(long fd);

long ukl_close(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;
	struct file *file;

	if (!static_branch_likely(&ukl_path_key) || IS_ENABLED(CONFIG_DNOTIFY) ||
	    atomic_read_acquire(&files->count) != 1)
		return __ukl_sys_close(fd);
	fdt = rcu_dereference_raw(files->fdt);
	if (unlikely(fd >= fdt->max_fds))
		return -EBADF;
	file = rcu_dereference_raw(fdt->fd[fd]);
	if (unlikely(!file))
		return -EBADF;
	if (file->f_op->flush || locks_inode_context(file_inode(file)) || !file_count(file))
		return __ukl_sys_close(fd);
	__fput_sync(file_close_fd(fd));
	return 0;
}
