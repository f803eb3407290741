/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Send and receive of stream sockets by a ring-0 program: what unix_stream_sendmsg() and
 * unix_stream_read_generic() do with a short message in one piece that brings neither
 * descriptors nor credentials. Included by af_unix.c, whose functions get all other cases.
 */
#include <asm/ukl.h>

const struct proto_ops *const ukl_unix_stream_ops = &unix_stream_ops;

/* No BPF program took the socket over. */
static __always_inline bool ukl_unix_plain(const struct sock *sk)
{
	return READ_ONCE(sk->sk_prot) == &unix_stream_proto;
}

/* Returns false, having done nothing, if the case is not a plain one; else *@result is send()'s. */
bool ukl_unix_send(struct socket *sock, const char __user *from, size_t len, unsigned int flags, int *result)
{
	struct sock *other, *sk = sock->sk;
	struct sk_buff *skb;

	if (unlikely(flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL)) || !ukl_unix_plain(sk) ||
	    !len || len > SKB_MAX_HEAD(0) || len > (READ_ONCE(sk->sk_sndbuf) >> 1) - 64)
		return false;
	other = unix_peer(sk);
	/* Errors, and waiting for room. */
	if (unlikely(!other || READ_ONCE(sk->sk_err) || READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN ||
		     sk_wmem_alloc_get(sk) >= READ_ONCE(sk->sk_sndbuf)))
		return false;
	skb = alloc_skb(len, sk->sk_allocation);
	if (unlikely(!skb))
		return false;
	if (unlikely(copy_from_user(skb_put(skb, len), from, len))) {
		kfree_skb(skb);
		*result = -EFAULT;
		return true;
	}
	unix_state_lock(other);
	if (unlikely(sock_flag(other, SOCK_DEAD) || other->sk_shutdown & RCV_SHUTDOWN)) {
		unix_state_unlock(other);
		kfree_skb(skb);
		return false;
	}
	skb_set_owner_w(skb, sk);
	skb->destructor = unix_wfree;
	UNIXCB(skb).pid = NULL;
	UNIXCB(skb).uid = INVALID_UID;
	UNIXCB(skb).gid = INVALID_GID;
	UNIXCB(skb).fp = NULL;
	maybe_add_creds(skb, sock, other);
	skb_queue_tail(&other->sk_receive_queue, skb);
	unix_state_unlock(other);
	READ_ONCE(other->sk_data_ready)(other);
	*result = len;
	return true;
}

/*
 * Returns false, having done nothing but wait, if the case is not a plain one; else *@result is
 * recv()'s. Waits only where there is no timeout, which is not to begin anew.
 */
bool ukl_unix_recv(struct socket *sock, char __user *to, size_t size, unsigned int flags, int *result)
{
	struct sock *sk = sock->sk;
	struct unix_sock *u = unix_sk(sk);
	struct sk_buff *skb;
	size_t chunk;
	long timeo;

	if (unlikely(flags & ~MSG_DONTWAIT) || !ukl_unix_plain(sk) || !size ||
	    READ_ONCE(sk->sk_state) != TCP_ESTABLISHED || READ_ONCE(sk->sk_rcvlowat) > 1 ||
	    READ_ONCE(sk->sk_peek_off) >= 0 || test_bit(SOCK_PASSCRED, &sock->flags) ||
	    test_bit(SOCK_PASSPIDFD, &sock->flags))
		return false;
	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);

	for (;;) {
		mutex_lock(&u->iolock);
		unix_state_lock(sk);
		skb = skb_peek(&sk->sk_receive_queue);
		if (skb)
			break;
		unix_state_unlock(sk);
		mutex_unlock(&u->iolock);
		if (timeo != MAX_SCHEDULE_TIMEOUT || sock_flag(sk, SOCK_DEAD) || READ_ONCE(sk->sk_err) ||
		    READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
			return false;
		unix_stream_data_wait(sk, timeo, NULL, true);
		if (signal_pending(current)) {
			*result = sock_intr_errno(timeo);
			return true;
		}
	}
	chunk = unix_skb_len(skb);
	if (unlikely(!chunk || (chunk < size && skb != skb_peek_tail(&sk->sk_receive_queue)) ||
		     UNIXCB(skb).fp || skb_is_nonlinear(skb) || sock_flag(sk, SOCK_DEAD)))
		goto generic;
#if IS_ENABLED(CONFIG_AF_UNIX_OOB)
	if (unlikely(u->oob_skb))
		goto generic;
#endif
	unix_state_unlock(sk);

	chunk = min(chunk, size);
	if (unlikely(copy_to_user(to, skb->data + UNIXCB(skb).consumed, chunk))) {
		*result = -EFAULT;
	} else {
		UNIXCB(skb).consumed += chunk;
		if (!unix_skb_len(skb)) {
			skb_unlink(skb, &sk->sk_receive_queue);
			consume_skb(skb);
		}
		*result = chunk;
	}
	mutex_unlock(&u->iolock);
	return true;
generic:
	unix_state_unlock(sk);
	mutex_unlock(&u->iolock);
	return false;
}
