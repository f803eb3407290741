// SPDX-License-Identifier: GPL-2.0
/*
 * Shortcuts of ring-0 programs (CONFIG_UKL): system calls that go to a file's
 * operation, or to the answer, without the generic layers in between. Each does
 * for the common case what the generic code does, to the letter of errors, counters
 * and notifications, and leaves all other cases to it.
 *
 * The parameter ukl_off=NAME,... switches shortcuts off, for comparison.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/net.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/xacct.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/user_namespace.h>

#include <trace/events/sock.h>

#include <asm/ukl.h>
#include <asm/ukl_resched.h>
#include <asm/ukl_shortcut.h>

/* The functions of SYSCALL_DEFINE that a shortcut leaves rare cases to. */
long __ukl_sys_newfstat(long fd, long statbuf);
long __ukl_sys_newfstatat(long dfd, long filename, long statbuf, long flag);

DEFINE_STATIC_KEY_TRUE(ukl_pid_key);
DEFINE_STATIC_KEY_TRUE(ukl_rw_key);
DEFINE_STATIC_KEY_TRUE(ukl_stat_key);
DEFINE_STATIC_KEY_TRUE(ukl_event_key);
DEFINE_STATIC_KEY_TRUE(ukl_pipe_key);
DEFINE_STATIC_KEY_TRUE(ukl_socket_key);
DEFINE_STATIC_KEY_TRUE(ukl_loopback_key);
DEFINE_STATIC_KEY_TRUE(ukl_path_key);
DEFINE_STATIC_KEY_TRUE(ukl_signal_key);
DEFINE_STATIC_KEY_TRUE(ukl_stack_key);
DEFINE_STATIC_KEY_TRUE(ukl_load_key);
DEFINE_STATIC_KEY_TRUE(ukl_gs_key);
DEFINE_STATIC_KEY_TRUE(ukl_clock_key);
unsigned long ukl_copy_below = 512;
u32 ukl_resched_upto __read_mostly;

static const struct {
	const char *name;
	struct static_key_true *key;
} ukl_shortcuts[] = {
	{ "pid", &ukl_pid_key },
	{ "rw", &ukl_rw_key },
	{ "stat", &ukl_stat_key },
	{ "event", &ukl_event_key },
	{ "pipe", &ukl_pipe_key },
	{ "socket", &ukl_socket_key },
	{ "loopback", &ukl_loopback_key },
	{ "path", &ukl_path_key },
	{ "signal", &ukl_signal_key },
	{ "stack", &ukl_stack_key },
	{ "load", &ukl_load_key },
	{ "gs", &ukl_gs_key },
	{ "clock", &ukl_clock_key },
};

static int __init ukl_off(char *list)
{
	char *name;
	int i;

	while ((name = strsep(&list, ","))) {
		for (i = 0; i < ARRAY_SIZE(ukl_shortcuts); i++) {
			if (strcmp(name, ukl_shortcuts[i].name) && strcmp(name, "all"))
				continue;
			static_branch_disable(ukl_shortcuts[i].key);
		}
		if (!strcmp(name, "copy") || !strcmp(name, "all"))
			ukl_copy_below = 0;
		if (!strcmp(name, "resched") || !strcmp(name, "all"))
			ukl_resched_upto = ~0u;
	}
	return 1;
}
__setup("ukl_off=", ukl_off);

/* In the initial PID namespace a process has one number. */
static __always_inline bool ukl_plain_pids(void)
{
	return static_branch_likely(&ukl_pid_key) && likely(current->thread_pid->level == 0);
}

long ukl_getpid(void)
{
	return likely(ukl_plain_pids()) ? current->tgid : task_tgid_vnr(current);
}

long ukl_getppid(void)
{
	long pid;

	rcu_read_lock();
	if (likely(ukl_plain_pids()))
		pid = rcu_dereference(current->real_parent)->tgid;
	else
		pid = task_tgid_vnr(rcu_dereference(current->real_parent));
	rcu_read_unlock();
	return pid;
}

/* fdget(), or fdget_raw() if @mask is 0, inline. */
static __always_inline struct fd ukl_fdget(unsigned int fd, fmode_t mask)
{
	struct files_struct *files = current->files;
	struct file __rcu **entry;
	struct fdtable *fdt;
	struct file *file;

	rcu_read_lock();
	fdt = rcu_dereference_raw(files->fdt);
	if (unlikely(fd >= fdt->max_fds))
		goto none;
	entry = fdt->fd + fd;
	file = rcu_dereference_raw(*entry);
	if (!file || unlikely(file->f_mode & mask))
		goto none;
	/* No other thread shares the descriptors: nobody can close it meanwhile. */
	if (atomic_read_acquire(&files->count) == 1) {
		rcu_read_unlock();
		return BORROWED_FD(file);
	}
	/* It may have been closed, and used again, before it was ours: see __fget_files_rcu(). */
	if (likely(atomic_long_inc_not_zero(&file->f_count))) {
		if (likely(file == rcu_dereference_raw(*entry) && fdt == rcu_dereference_raw(files->fdt) &&
			   !(file->f_mode & mask))) {
			rcu_read_unlock();
			return CLONED_FD(file);
		}
		fput(file);
	}
	rcu_read_unlock();
	return mask ? fdget(fd) : fdget_raw(fd);
none:
	rcu_read_unlock();
	return EMPTY_FD;
}

/* What vfs_read() and vfs_write() check of place, size and position, if it holds. */
static __always_inline bool ukl_rw_plain(struct file *file, const char __user *buf, size_t count)
{
	/* Whoever asks for these hooks does not want shortcuts. */
	if (IS_ENABLED(CONFIG_SECURITY) || IS_ENABLED(CONFIG_FANOTIFY_ACCESS_PERMISSIONS))
		return false;
	/* access_ok() in fewer instructions, as the difference cannot overflow. */
	if (unlikely(count > MAX_RW_COUNT || (unsigned long)buf > TASK_SIZE_MAX - count))
		return false;
	return (file->f_mode & FMODE_STREAM) ||
	       likely(file->f_pos >= 0 && (loff_t)(file->f_pos + count) >= 0);
}

/* Regular files and folders have FMODE_ATOMIC_POS: shared, their position needs its lock. */
static __always_inline bool ukl_read_plain(struct file *file, const char __user *buf, size_t count)
{
	const fmode_t need = FMODE_READ | FMODE_CAN_READ;

	if (unlikely((file->f_mode & need) != need))
		return false;
	if ((file->f_mode & FMODE_ATOMIC_POS) &&
	    unlikely(file_count(file) > 1 || file->f_op->iterate_shared))
		return false;
	return ukl_rw_plain(file, buf, count);
}

/*
 * A regular file has its file system's freezing to respect. Those that no longer have
 * FMODE_ATOMIC_POS were opened as not seekable.
 */
static __always_inline bool ukl_write_plain(struct file *file, const char __user *buf, size_t count)
{
	const fmode_t need = FMODE_WRITE | FMODE_CAN_WRITE;
	fmode_t mode = file->f_mode & (need | FMODE_ATOMIC_POS | FMODE_LSEEK);

	if (unlikely(mode != (need | FMODE_LSEEK)) &&
	    (mode != need || S_ISREG(file_inode(file)->i_mode)))
		return false;
	return ukl_rw_plain(file, buf, count);
}

/* Does anybody want to see what passes through sockets? Then sock_sendmsg() and sock_recvmsg() it is. */
static __always_inline bool ukl_sockets_watched(void)
{
	return IS_ENABLED(CONFIG_SECURITY) || trace_sock_send_length_enabled() ||
	       trace_sock_recv_length_enabled();
}

/* Is @file a stream socket of the unix kind? */
static __always_inline bool ukl_unix_socket(struct file *file, struct socket **sock)
{
	if (!IS_ENABLED(CONFIG_UNIX) || !static_branch_likely(&ukl_socket_key) || ukl_sockets_watched())
		return false;
	*sock = sock_from_file(file);
	return *sock && READ_ONCE((*sock)->ops) == ukl_unix_stream_ops;
}

static noinline ssize_t ukl_read_iter(struct file *file, char __user *buf, size_t count)
{
	struct iov_iter iter;
	struct socket *sock;
	struct kiocb kiocb;
	ssize_t ret;
	int done;

	if (file->f_op == ukl_eventfd_fops && static_branch_likely(&ukl_event_key))
		return ukl_eventfd_read(file, buf, count);
	if (file->f_op == &pipefifo_fops && static_branch_likely(&ukl_pipe_key) &&
	    ukl_pipe_read(file, buf, count, &ret))
		return ret;
	if (ukl_unix_socket(file, &sock) &&
	    ukl_unix_recv(sock, buf, count, file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0, &done))
		return done;
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = file->f_mode & FMODE_STREAM ? 0 : file->f_pos;
	iov_iter_ubuf(&iter, ITER_DEST, buf, count);
	ret = file->f_op->read_iter(&kiocb, &iter);
	if (ret >= 0 && !(file->f_mode & FMODE_STREAM))
		file->f_pos = kiocb.ki_pos;
	return ret;
}

static noinline ssize_t ukl_write_iter(struct file *file, const char __user *buf, size_t count)
{
	struct iov_iter iter;
	struct socket *sock;
	struct kiocb kiocb;
	ssize_t ret;
	int done;

	if (file->f_op == &pipefifo_fops && static_branch_likely(&ukl_pipe_key) &&
	    ukl_pipe_write(file, buf, count, &ret))
		return ret;
	if (ukl_unix_socket(file, &sock) &&
	    ukl_unix_send(sock, buf, count, file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0, &done))
		return done;
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = file->f_mode & FMODE_STREAM ? 0 : file->f_pos;
	iov_iter_ubuf(&iter, ITER_SOURCE, (char __user *)buf, count);
	ret = file->f_op->write_iter(&kiocb, &iter);
	if (ret > 0 && !(file->f_mode & FMODE_STREAM))
		file->f_pos = kiocb.ki_pos;
	return ret;
}

/* read() or write() of a file for which ukl_plain() holds. */
static __always_inline ssize_t ukl_transfer(struct file *file, char __user *buf, size_t count, bool in)
{
	const struct file_operations *op = file->f_op;
	loff_t pos, *ppos = NULL;
	ssize_t ret;

	if (!(in ? (void *)op->read : (void *)op->write)) {
		ret = in ? ukl_read_iter(file, buf, count) : ukl_write_iter(file, buf, count);
	} else {
		if (!(file->f_mode & FMODE_STREAM)) {
			pos = file->f_pos;
			ppos = &pos;
		}
		ret = in ? op->read(file, buf, count, ppos) : op->write(file, buf, count, ppos);
		if (ret >= 0 && ppos)
			file->f_pos = pos;
	}
	if (ret > 0) {
		if (in) {
			fsnotify_access(file);
			add_rchar(current, ret);
		} else {
			fsnotify_modify(file);
			add_wchar(current, ret);
		}
	}
	if (in)
		inc_syscr(current);
	else
		inc_syscw(current);
	return ret;
}

static __always_inline bool ukl_plain(struct file *file, const char __user *buf, size_t count, bool in)
{
	return in ? ukl_read_plain(file, buf, count) : ukl_write_plain(file, buf, count);
}

static __always_inline long ukl_generic(unsigned int fd, char __user *buf, size_t count, bool in)
{
	return in ? ksys_read(fd, buf, count) : ksys_write(fd, buf, count);
}

/* Other threads may close the descriptor: the file is held meanwhile. */
static __always_inline long ukl_rw_shared(unsigned int fd, char __user *buf, size_t count, bool in)
{
	struct fd f = ukl_fdget(fd, FMODE_PATH);
	long ret;

	if (unlikely(!fd_file(f)))
		return -EBADF;
	if (likely(ukl_plain(fd_file(f), buf, count, in))) {
		ret = ukl_transfer(fd_file(f), buf, count, in);
		fdput(f);
		return ret;
	}
	fdput(f);
	return ukl_generic(fd, buf, count, in);
}

static noinline long ukl_read_shared(unsigned int fd, char __user *buf, size_t count)
{
	return ukl_rw_shared(fd, buf, count, true);
}

static noinline long ukl_write_shared(unsigned int fd, char __user *buf, size_t count)
{
	return ukl_rw_shared(fd, buf, count, false);
}

/* The file of @fd if no other thread can close it now; NULL if there is none that can be read or written. */
static __always_inline struct file *ukl_own_file(struct files_struct *files, unsigned int fd)
{
	struct fdtable *fdt = rcu_dereference_raw(files->fdt);
	struct file *file;

	if (unlikely(fd >= fdt->max_fds))
		return NULL;
	file = rcu_dereference_raw(fdt->fd[fd]);
	return file && likely(!(file->f_mode & FMODE_PATH)) ? file : NULL;
}

static __always_inline long ukl_read_write(unsigned int fd, char __user *buf, size_t count, bool in)
{
	struct files_struct *files = current->files;
	struct file *file;

	if (!static_branch_likely(&ukl_rw_key))
		return ukl_generic(fd, buf, count, in);
	if (atomic_read_acquire(&files->count) != 1)
		return in ? ukl_read_shared(fd, buf, count) : ukl_write_shared(fd, buf, count);
	file = ukl_own_file(files, fd);
	if (unlikely(!file))
		return -EBADF;
	if (unlikely(!ukl_plain(file, buf, count, in)))
		return ukl_generic(fd, buf, count, in);
	return ukl_transfer(file, buf, count, in);
}

long ukl_read(unsigned int fd, char __user *buf, size_t count)
{
	return ukl_read_write(fd, buf, count, true);
}

long ukl_write(unsigned int fd, const char __user *buf, size_t count)
{
	return ukl_read_write(fd, (char __user *)buf, count, false);
}

/* cp_new_stat() without the copy on the stack. */
static int ukl_put_stat(const struct kstat *stat, struct stat __user *to)
{
	struct user_namespace *ns = current_user_ns();
	uid_t uid = from_kuid_munged(ns, stat->uid);
	gid_t gid = from_kgid_munged(ns, stat->gid);

	if (!user_write_access_begin(to, sizeof(*to)))
		return -EFAULT;
	unsafe_put_user(new_encode_dev(stat->dev), &to->st_dev, fault);
	unsafe_put_user(stat->ino, &to->st_ino, fault);
	unsafe_put_user(stat->nlink, &to->st_nlink, fault);
	unsafe_put_user(stat->mode, &to->st_mode, fault);
	unsafe_put_user(uid, &to->st_uid, fault);
	unsafe_put_user(gid, &to->st_gid, fault);
	unsafe_put_user(0, &to->__pad0, fault);
	unsafe_put_user(new_encode_dev(stat->rdev), &to->st_rdev, fault);
	unsafe_put_user(stat->size, &to->st_size, fault);
	unsafe_put_user(stat->blksize, &to->st_blksize, fault);
	unsafe_put_user(stat->blocks, &to->st_blocks, fault);
	unsafe_put_user(stat->atime.tv_sec, &to->st_atime, fault);
	unsafe_put_user(stat->atime.tv_nsec, &to->st_atime_nsec, fault);
	unsafe_put_user(stat->mtime.tv_sec, &to->st_mtime, fault);
	unsafe_put_user(stat->mtime.tv_nsec, &to->st_mtime_nsec, fault);
	unsafe_put_user(stat->ctime.tv_sec, &to->st_ctime, fault);
	unsafe_put_user(stat->ctime.tv_nsec, &to->st_ctime_nsec, fault);
	unsafe_put_user(0, &to->__unused[0], fault);
	unsafe_put_user(0, &to->__unused[1], fault);
	unsafe_put_user(0, &to->__unused[2], fault);
	user_write_access_end();
	return 0;
fault:
	user_write_access_end();
	return -EFAULT;
}

long ukl_newfstat(unsigned int fd, struct stat __user *statbuf)
{
	struct kstat stat;
	struct fd f;
	int error;

	if (!static_branch_likely(&ukl_stat_key))
		return __ukl_sys_newfstat(fd, (long)statbuf);
	f = ukl_fdget(fd, 0);
	if (unlikely(!fd_file(f)))
		return -EBADF;
	error = vfs_getattr(&fd_file(f)->f_path, &stat, STATX_BASIC_STATS, 0);
	fdput(f);
	return error ? error : ukl_put_stat(&stat, statbuf);
}

/* glibc's fstat() has an empty path. */
long ukl_newfstatat(int dfd, const char __user *filename, struct stat __user *statbuf, int flag)
{
	if (flag == AT_EMPTY_PATH && vfs_empty_path(dfd, filename))
		return ukl_newfstat(dfd, statbuf);
	return __ukl_sys_newfstatat(dfd, (long)filename, (long)statbuf, flag);
}

#ifdef CONFIG_NET
/* Without an address, as send() calls it. */
/* import_ubuf(), inline for what is not too long. */
static __always_inline int ukl_import(int direction, void __user *buf, size_t len, struct iov_iter *iter)
{
	if (unlikely(len > MAX_RW_COUNT || (unsigned long)buf > TASK_SIZE_MAX - len))
		return import_ubuf(direction, buf, len, iter);
	iov_iter_ubuf(iter, direction, buf, len);
	return 0;
}

long ukl_sendto(int fd, void __user *buff, size_t len, unsigned int flags, struct sockaddr __user *addr,
		int addr_len)
{
	struct socket *sock;
	struct msghdr msg;
	struct fd f;
	int ret;

	if (!static_branch_likely(&ukl_socket_key) || addr || ukl_sockets_watched())
		return __sys_sendto(fd, buff, len, flags, addr, addr_len);
	ret = ukl_import(ITER_SOURCE, buff, len, &msg.msg_iter);
	if (unlikely(ret))
		return ret;
	f = ukl_fdget(fd, FMODE_PATH);
	if (unlikely(!fd_file(f)))
		return -EBADF;
	sock = sock_from_file(fd_file(f));
	ret = -ENOTSOCK;
	if (unlikely(!sock))
		goto out;
	flags &= ~MSG_INTERNAL_SENDMSG_FLAGS;
	if (fd_file(f)->f_flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	if (READ_ONCE(sock->ops) != ukl_unix_stream_ops || !ukl_unix_send(sock, buff, len, flags, &ret)) {
		msg.msg_name = NULL;
		msg.msg_namelen = 0;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
		msg.msg_ubuf = NULL;
		msg.msg_flags = flags;
		ret = READ_ONCE(sock->ops)->sendmsg(sock, &msg, msg_data_left(&msg));
	}
out:
	fdput(f);
	return ret;
}

/* Without a place for the address, as recv() calls it. */
long ukl_recvfrom(int fd, void __user *ubuf, size_t size, unsigned int flags,
		  struct sockaddr __user *addr, int __user *addr_len)
{
	struct msghdr msg = { };
	struct socket *sock;
	struct fd f;
	int ret;

	if (!static_branch_likely(&ukl_socket_key) || addr || ukl_sockets_watched())
		return __sys_recvfrom(fd, ubuf, size, flags, addr, addr_len);
	ret = ukl_import(ITER_DEST, ubuf, size, &msg.msg_iter);
	if (unlikely(ret))
		return ret;
	f = ukl_fdget(fd, FMODE_PATH);
	if (unlikely(!fd_file(f)))
		return -EBADF;
	sock = sock_from_file(fd_file(f));
	ret = -ENOTSOCK;
	if (unlikely(!sock))
		goto out;
	if (fd_file(f)->f_flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	if (READ_ONCE(sock->ops) != ukl_unix_stream_ops || !ukl_unix_recv(sock, ubuf, size, flags, &ret))
		ret = READ_ONCE(sock->ops)->recvmsg(sock, &msg, msg_data_left(&msg), flags);
out:
	fdput(f);
	return ret;
}
#else /* !CONFIG_NET */
long ukl_sendto(int fd, void __user *buff, size_t len, unsigned int flags, struct sockaddr __user *addr,
		int addr_len)
{
	return -ENOSYS;
}

long ukl_recvfrom(int fd, void __user *ubuf, size_t size, unsigned int flags,
		  struct sockaddr __user *addr, int __user *addr_len)
{
	return -ENOSYS;
}
#endif /* CONFIG_NET */
