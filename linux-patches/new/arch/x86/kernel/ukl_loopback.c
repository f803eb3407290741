// SPDX-License-Identifier: GPL-2.0
/*
 * A shortcut of CONFIG_UKL: what a TCP socket sends over the loopback device is received at
 * once, in the sender's context, instead of being queued for a softirq. ukl_off=loopback
 * switches it off.
 */
#include <linux/etherdevice.h>
#include <linux/jump_label.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/skbuff.h>

#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include <asm/ukl.h>

DECLARE_STATIC_KEY_TRUE(ukl_loopback);

/* What is sent while receiving is queued: stacks and locks nest to a depth of one. */
static DEFINE_PER_CPU(bool, ukl_receiving);

/*
 * The receive path takes the spinlock of the receiver's socket, so the sender must hold
 * none: it is in a system call that owns its socket as a user does, not in a softirq
 * or a timer. A TCP socket of the network namespace itself, which sends resets
 * and acknowledgments for others, is never owned like that.
 */
static bool ukl_may_receive(const struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	return static_branch_likely(&ukl_loopback) && !in_serving_softirq() && !in_hardirq() &&
	       !irqs_disabled() && !__this_cpu_read(ukl_receiving) && sk && sk_fullsock(sk) &&
	       sk_is_tcp(sk) && sk->sk_state == TCP_ESTABLISHED && sock_owned_by_user_nocheck(sk) &&
	       !spin_is_locked(&sk->sk_lock.slock);
}

/* loopback_xmit() but for the queue. Called with bottom halves disabled. */
bool ukl_loopback_rx(struct sk_buff *skb, struct net_device *dev)
{
	int len;

	if (!ukl_may_receive(skb))
		return false;
	skb_clear_tstamp(skb);
	skb_orphan(skb);
	skb_dst_force(skb);
	skb->protocol = eth_type_trans(skb, dev);
	len = skb->len;
	__this_cpu_write(ukl_receiving, true);
	if (likely(netif_receive_skb(skb) == NET_RX_SUCCESS))
		dev_lstats_add(dev, len);
	__this_cpu_write(ukl_receiving, false);
	return true;
}
