/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read and write of a pipe by a ring-0 program: what pipe_read() and pipe_write() do with one
 * place in memory when there is no need to wait. Included by pipe.c, whose functions
 * get all other cases.
 */
#include <asm/ukl.h>

/* The time that the kernel keeps for files advances with the tick: is @sec, @nsec still now? */
static __always_inline bool ukl_is_now(time64_t sec, long nsec)
{
	struct timespec64 now;

	ktime_get_coarse_real_ts64(&now);
	return now.tv_nsec == nsec && now.tv_sec == sec;
}

/* The buffer's page holds data from write(), and nothing is special about it. */
static __always_inline bool ukl_plain_buffer(const struct pipe_buffer *buf)
{
	return buf->ops == &anon_pipe_buf_ops && !(buf->flags & (PIPE_BUF_FLAG_PACKET | PIPE_BUF_FLAG_WHOLE));
}

/* Returns false, having done nothing, if the case is not a plain one; else *@result is read()'s. */
bool ukl_pipe_read(struct file *file, char __user *to, size_t count, ssize_t *result)
{
	struct pipe_inode_info *pipe = file->private_data;
	unsigned int mask, tail;
	struct pipe_buffer *buf;
	struct inode *inode;
	size_t chars;
	bool was_full;

	if (unlikely(!count || pipe_has_watch_queue(pipe)))
		return false;
	mutex_lock(&pipe->mutex);
	mask = pipe->ring_size - 1;
	tail = pipe->tail;
	buf = &pipe->bufs[tail & mask];
	/* All that is asked for, or all that there is, is in this buffer. */
	if (pipe_empty(pipe->head, tail) || !ukl_plain_buffer(buf) || !buf->len ||
	    (buf->len < count && pipe->head - tail != 1)) {
		mutex_unlock(&pipe->mutex);
		return false;
	}
	was_full = pipe_full(pipe->head, tail, pipe->max_usage);
	chars = min_t(size_t, buf->len, count);
	if (unlikely(copy_to_user(to, page_address(buf->page) + buf->offset, chars))) {
		mutex_unlock(&pipe->mutex);
		*result = -EFAULT;
		return true;
	}
	buf->offset += chars;
	buf->len -= chars;
	if (!buf->len)
		pipe_update_tail(pipe, buf, tail);
	mutex_unlock(&pipe->mutex);

	if (was_full)
		wake_up_interruptible_sync_poll(&pipe->wr_wait, EPOLLOUT | EPOLLWRNORM);
	kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
	inode = file_inode(file);
	if (!ukl_is_now(inode->i_atime_sec, inode->i_atime_nsec))
		file_accessed(file);
	*result = chars;
	return true;
}

bool ukl_pipe_write(struct file *file, const char __user *from, size_t count, ssize_t *result)
{
	struct pipe_inode_info *pipe = file->private_data;
	unsigned int head, mask, offset;
	struct pipe_buffer *buf;
	struct inode *inode;
	struct page *page;
	bool was_empty;

	if (unlikely(count - 1 >= PAGE_SIZE || pipe_has_watch_queue(pipe) || is_packetized(file)))
		return false;
	mutex_lock(&pipe->mutex);
	head = pipe->head;
	mask = pipe->ring_size - 1;
	was_empty = pipe_empty(head, pipe->tail);
	if (unlikely(!pipe->readers || pipe_full(head, pipe->tail, pipe->max_usage)))
		goto generic;

	*result = -EFAULT;
	buf = &pipe->bufs[(head - 1) & mask];
	offset = buf->offset + buf->len;
	if (!was_empty && count < PAGE_SIZE && (buf->flags & PIPE_BUF_FLAG_CAN_MERGE) &&
	    offset + count <= PAGE_SIZE) {
		if (!ukl_plain_buffer(buf))
			goto generic;
		if (unlikely(copy_from_user(page_address(buf->page) + offset, from, count)))
			goto out;
		buf->len += count;
	} else {
		page = pipe->tmp_page;
		if (!page)
			goto generic;
		if (unlikely(copy_from_user(page_address(page), from, count)))
			goto out;
		buf = &pipe->bufs[head & mask];
		*buf = (struct pipe_buffer){ .page = page, .len = count, .ops = &anon_pipe_buf_ops,
					     .flags = PIPE_BUF_FLAG_CAN_MERGE };
		pipe->tmp_page = NULL;
		pipe->head = head + 1;
	}
	*result = count;
out:
	mutex_unlock(&pipe->mutex);

	/* mutex_unlock() is a full barrier: who sleeps from now on sees the data. */
	if (pipe->poll_usage || (was_empty && waitqueue_active(&pipe->rd_wait)))
		wake_up_interruptible_sync_poll(&pipe->rd_wait, EPOLLIN | EPOLLRDNORM);
	kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
	inode = file_inode(file);
	if (*result > 0 && !(!IS_I_VERSION(inode) && ukl_is_now(inode->i_mtime_sec, inode->i_mtime_nsec) &&
			     inode->i_ctime_sec == inode->i_mtime_sec && inode->i_ctime_nsec == inode->i_mtime_nsec) &&
	    sb_start_write_trylock(inode->i_sb)) {
		int err = file_update_time(file);

		if (err)
			*result = err;
		sb_end_write(inode->i_sb);
	}
	return true;
generic:
	mutex_unlock(&pipe->mutex);
	return false;
}
