/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read of an eventfd by a ring-0 program, without the iterator: eventfd_read() for one
 * place in memory. Included by eventfd.c, which keeps its types for itself.
 */
#include <asm/ukl.h>

const struct file_operations *const ukl_eventfd_fops = &eventfd_fops;

ssize_t ukl_eventfd_read(struct file *file, char __user *buf, size_t count)
{
	struct eventfd_ctx *ctx = file->private_data;
	__u64 ucnt = 0;

	if (count < sizeof(ucnt))
		return -EINVAL;
	spin_lock_irq(&ctx->wqh.lock);
	if (!ctx->count) {
		if (file->f_flags & O_NONBLOCK) {
			spin_unlock_irq(&ctx->wqh.lock);
			return -EAGAIN;
		}
		if (wait_event_interruptible_locked_irq(ctx->wqh, ctx->count)) {
			spin_unlock_irq(&ctx->wqh.lock);
			return -ERESTARTSYS;
		}
	}
	eventfd_ctx_do_read(ctx, &ucnt);
	if (waitqueue_active(&ctx->wqh)) {
		current->in_eventfd = 1;
		wake_up_locked_poll(&ctx->wqh, EPOLLOUT);
		current->in_eventfd = 0;
	}
	spin_unlock_irq(&ctx->wqh.lock);
	if (unlikely(put_user(ucnt, (__u64 __user *)buf)))
		return -EFAULT;
	return sizeof(ucnt);
}
