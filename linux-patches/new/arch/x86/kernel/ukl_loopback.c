// SPDX-License-Identifier: GPL-2.0
/*
 * A shortcut of CONFIG_UKL: what a TCP socket sends over the loopback device is received at
 * once, in the sender's context, instead of being queued for a softirq; and IPv4
 * leaves the device out, if nobody could see the difference. ukl_off=loopback switches it off.
 */
#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/skbuff.h>

#include <net/dst.h>
#include <net/hotdata.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/raw.h>
#include <net/sch_generic.h>
#include <net/sock.h>
#include <net/tcp.h>

#include <asm/ukl.h>
#include <asm/ukl_shortcut.h>

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

	return static_branch_likely(&ukl_loopback_key) && !in_serving_softirq() && !in_hardirq() &&
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

/* Nobody filters, redirects, delays, records or stamps what passes through @dev. */
static bool ukl_nobody_looks(const struct net_device *dev)
{
	if (IS_ENABLED(CONFIG_NETFILTER) || IS_ENABLED(CONFIG_XFRM) || IS_ENABLED(CONFIG_CGROUP_BPF) ||
	    IS_ENABLED(CONFIG_RPS) || IS_ENABLED(CONFIG_LWTUNNEL) || IS_ENABLED(CONFIG_NET_L3_MASTER_DEV) ||
	    IS_ENABLED(CONFIG_IP_ROUTE_CLASSID))
		return false;
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(dev->tcx_ingress) || rcu_access_pointer(dev->tcx_egress))
		return false;
#endif
	return list_empty(&net_hotdata.ptype_all) && list_empty(&dev->ptype_all) &&
	       !rcu_access_pointer(dev->xdp_prog) && !rcu_access_pointer(dev->rx_handler) &&
	       !rcu_dereference(netdev_get_tx_queue(dev, 0)->qdisc)->enqueue && netif_running(dev) &&
	       !static_branch_unlikely(&netstamp_needed_key);
}

/*
 * ip_finish_output() to ip_local_deliver_finish() for a segment that stays on this machine:
 * the same counters, the same state of @skb. Called under rcu_read_lock(). True if
 * @skb is gone.
 */
bool ukl_ip_loopback(struct net *net, struct sk_buff *skb, struct net_device *dev)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct ethhdr *eth;
	unsigned int len = skb->len;

	if (!(dev->flags & IFF_LOOPBACK) || !ukl_may_receive(skb))
		return false;
	/* What tcp_v4_rcv() takes from a device: no options, no fragment, no timestamp to report. */
	if (iph->ihl != 5 || iph->protocol != IPPROTO_TCP || len > READ_ONCE(dev->mtu) ||
	    ip_is_fragment(iph) || IPCB(skb)->frag_max_size || skb_rtable(skb)->rt_type != RTN_LOCAL ||
	    skb_shinfo(skb)->tx_flags || skb_headroom(skb) < ETH_HLEN || skb_shared(skb) ||
	    !ukl_nobody_looks(dev))
		return false;

	local_bh_disable();
	IP_UPD_PO_STATS(net, IPSTATS_MIB_OUT, len);
	skb_clear_tstamp(skb);
	skb_orphan(skb);
	/* The link header, as socket filters may look at it. */
	eth = (struct ethhdr *)(skb->data - ETH_HLEN);
	memset(eth, 0, 2 * ETH_ALEN);
	eth->h_proto = htons(ETH_P_IP);
	skb->mac_header = (unsigned char *)eth - skb->head;
	skb->mac_len = ETH_HLEN;
	skb->pkt_type = PACKET_HOST;
	skb->skb_iif = dev->ifindex;
	dev_lstats_add(dev, len);
	__IP_UPD_PO_STATS(net, IPSTATS_MIB_IN, len);
	__IP_ADD_STATS(net, IPSTATS_MIB_NOECTPKTS + (iph->tos & INET_ECN_MASK),
		       max_t(unsigned short, 1, skb_shinfo(skb)->gso_segs));
	memset(IPCB(skb), 0, sizeof(struct inet_skb_parm));
	IPCB(skb)->iif = skb->skb_iif;
	__skb_pull(skb, sizeof(*iph));
	__this_cpu_write(ukl_receiving, true);
	if (likely(hlist_empty(&raw_v4_hashinfo.ht[raw_hashfunc(net, IPPROTO_TCP)]))) {
		tcp_v4_rcv(skb);
		__IP_INC_STATS(net, IPSTATS_MIB_INDELIVERS);
	} else {
		ip_protocol_deliver_rcu(net, skb, IPPROTO_TCP);
	}
	__this_cpu_write(ukl_receiving, false);
	local_bh_enable();
	return true;
}

/*
 * A loopback device without a queueing discipline drops nothing, and with one segment under way a
 * probe for its loss would come no earlier than the retransmission that it is to save.
 */
bool ukl_loses_nothing(const struct sock *sk)
{
	const struct dst_entry *dst = rcu_dereference_raw(sk->sk_dst_cache);

	return static_branch_likely(&ukl_loopback_key) && dst && dst->dev->flags & IFF_LOOPBACK &&
	       !rcu_dereference_raw(netdev_get_tx_queue(dst->dev, 0)->qdisc)->enqueue;
}
