/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replies of a 9p server are decoded by a confined function (CONFIG_UKL_KEY_9P): what a malformed one makes the
 * decoder do ends with it. See asm/ukl_confine.h.
 *
 * The decoder is net/9p/protocol.c's p9pdu_vreadf(), compiled a second time (ukl_decode.c). ukl_9p.c gives it the bytes
 * and takes the values.
 */
#ifndef _NET_9P_UKL_9P_H
#define _NET_9P_UKL_9P_H

#include <linux/stdarg.h>
#include <linux/types.h>

#include <net/9p/9p.h>

#if defined(CONFIG_UKL_KEY_9P) && !defined(UKL_9P_CONFINED)

#include <asm/ukl_key.h>

/* As p9pdu_vreadf(), but on an error nothing is stored; -EIO: the decoder was stopped. May sleep. */
int ukl_9p_vreadf(struct p9_fcall *pdu, int proto_version, const char *fmt, va_list ap);

#define ukl_9p_decode(vreadf, pdu, proto_version, fmt, ap) \
	(ukl_key_on() ? ukl_9p_vreadf(pdu, proto_version, fmt, ap) : (vreadf)(pdu, proto_version, fmt, ap))

#else

#define ukl_9p_decode(vreadf, pdu, proto_version, fmt, ap)	(vreadf)(pdu, proto_version, fmt, ap)

#endif

/* Formats of replies have fewer letters, and no more than two arguments each. */
#define UKL_9P_LETTERS	16
#define UKL_9P_ARGS	(2 * UKL_9P_LETTERS)

/* At the begin of an arena; the bytes of the reply follow, then room for results and what they point to. */
struct ukl_9p {
	struct p9_fcall pdu;
	int proto_version;
	char fmt[UKL_9P_LETTERS];

	/* Offsets in the arena: the reply, and for each argument its result. */
	unsigned int data;
	unsigned int results[UKL_9P_ARGS];
	unsigned int arguments;

	/* What the decoder allocates begins there. */
	unsigned int next;

	/* For the decoder: addresses of the results. */
	void *args[UKL_9P_ARGS];
};

/* Confined. @arena begins with a struct ukl_9p. */
long ukl_9p_confined(void *arena);

#endif /* _NET_9P_UKL_9P_H */
