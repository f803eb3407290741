// SPDX-License-Identifier: GPL-2.0
/*
 * What the confined decoder of 9p replies gets, and what is taken from it: see ukl_9p.h. It may have written anything, so an address
 * is looked up in the arena, with a size, and a number is one.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <net/9p/9p.h>
#include <net/9p/client.h>

#include <asm/ukl_confine.h>

#include "ukl_9p.h"

/* So much of a reply goes to the decoder at first; most are no longer. */
#define UKL_9P_SHORT	512

/* Results take no more: the largest is a struct p9_wstat. */
#define UKL_9P_RESULTS	1024

/* The others: there has to be room for the strings a second time. */
#define UKL_9P_LONG	((UKL_ARENA_SIZE - UKL_ARENA_STACK - sizeof(struct ukl_9p) - UKL_9P_RESULTS) / 2)

/* The last arena that was used. */
static void *ukl_9p_spare;

/* Bytes of the results of a letter of p9pdu_vreadf()'s formats, 0 behind the last. */
struct ukl_9p_sizes {
	unsigned char first, second;
};

static struct ukl_9p_sizes ukl_9p_sizes(char letter)
{
	switch (letter) {
	case 'b': return (struct ukl_9p_sizes){ sizeof(s8) };
	case 'w': return (struct ukl_9p_sizes){ sizeof(s16) };
	case 'd': return (struct ukl_9p_sizes){ sizeof(s32) };
	case 'q': return (struct ukl_9p_sizes){ sizeof(s64) };
	case 's': return (struct ukl_9p_sizes){ sizeof(char *) };
	case 'u': return (struct ukl_9p_sizes){ sizeof(kuid_t) };
	case 'g': return (struct ukl_9p_sizes){ sizeof(kgid_t) };
	case 'Q': return (struct ukl_9p_sizes){ sizeof(struct p9_qid) };
	case 'S': return (struct ukl_9p_sizes){ sizeof(struct p9_wstat) };
	case 'A': return (struct ukl_9p_sizes){ sizeof(struct p9_stat_dotl) };
	case 'D': return (struct ukl_9p_sizes){ sizeof(u32), sizeof(void *) };
	case 'R': return (struct ukl_9p_sizes){ sizeof(u16), sizeof(void *) };
	default: return (struct ukl_9p_sizes){ };
	}
}

/*
 * Results are one behind the other in the arena: the next letter's begin at @at, and at *@second if there are two. Returns
 * where they end. Counted again when they are taken: what the arena says of it then is the decoder's.
 */
static unsigned int ukl_9p_next(char letter, unsigned int at, unsigned int *second)
{
	struct ukl_9p_sizes sizes = ukl_9p_sizes(letter);

	at += ALIGN(sizes.first, sizeof(long));
	*second = sizes.second ? at : 0;
	return at + ALIGN(sizes.second, sizeof(long));
}

/* Behind the last: the reply. */
static unsigned int ukl_9p_data(const char *fmt)
{
	unsigned int at = sizeof(struct ukl_9p), second;

	for (; *fmt; fmt++)
		at = ukl_9p_next(*fmt, at, &second);
	return at;
}

/* How many bytes of @pdu have not been decoded. */
static size_t ukl_9p_rest(const struct p9_fcall *pdu)
{
	return pdu->size - min_t(size_t, pdu->size, pdu->offset);
}

/* The arena with the reply's first @bytes, and a place for each result. */
static bool ukl_9p_fill(struct ukl_9p *p, const struct p9_fcall *pdu, size_t bytes, int proto_version, const char *fmt)
{
	unsigned int at = sizeof(*p), n = 0, second;

	if (strscpy(p->fmt, fmt, sizeof(p->fmt)) < 0)
		return false;
	for (; *fmt; fmt++) {
		if (*fmt == '?')
			continue;
		if (!ukl_9p_sizes(*fmt).first)
			return false;
		p->results[n++] = at;
		at = ukl_9p_next(*fmt, at, &second);
		if (second)
			p->results[n++] = second;
	}
	memset((char *)p + sizeof(*p), 0, at - sizeof(*p));
	p->arguments = n;
	p->proto_version = proto_version;
	p->data = at;
	p->next = at + bytes;
	/* Of data only the number is decoded, which may be larger than what is here. */
	p->pdu = (struct p9_fcall){ .size = strchr(p->fmt, 'D') ? ukl_9p_rest(pdu) : bytes };
	memcpy((char *)p + at, pdu->sdata + pdu->offset, bytes);
	return true;
}

/* The decoder has them all, or an error. */
static int ukl_9p_take_string(struct ukl_9p *p, const char **to, const char *inside)
{
	size_t room = UKL_ARENA_SIZE - UKL_ARENA_STACK - ((unsigned long)inside & (UKL_ARENA_SIZE - 1));
	const char *string = inside ? ukl_arena_at(p, inside, 1) : NULL;

	if (!string)
		return -EIO;
	*to = kmemdup_nul(string, strnlen(string, room), GFP_NOFS);
	return *to ? 0 : -ENOMEM;
}

static void ukl_9p_take_uid(kuid_t *to, const kuid_t *from)
{
	*to = make_kuid(&init_user_ns, __kuid_val(*from));
}

static void ukl_9p_take_gid(kgid_t *to, const kgid_t *from)
{
	*to = make_kgid(&init_user_ns, __kgid_val(*from));
}

static int ukl_9p_take_wstat(struct ukl_9p *p, struct p9_wstat *to, const struct p9_wstat *from, bool extended)
{
	int error;

	*to = *from;
	to->name = to->uid = to->gid = to->muid = to->extension = NULL;
	error = ukl_9p_take_string(p, &to->name, from->name) ?:
		ukl_9p_take_string(p, &to->uid, from->uid) ?:
		ukl_9p_take_string(p, &to->gid, from->gid) ?:
		ukl_9p_take_string(p, &to->muid, from->muid);
	if (extended) {
		error = error ?: ukl_9p_take_string(p, (const char **)&to->extension, from->extension);
		ukl_9p_take_uid(&to->n_uid, &from->n_uid);
		ukl_9p_take_gid(&to->n_gid, &from->n_gid);
		ukl_9p_take_uid(&to->n_muid, &from->n_muid);
	} else {
		to->n_uid = to->n_muid = INVALID_UID;
		to->n_gid = INVALID_GID;
	}
	if (error)
		p9stat_free(to);
	return error;
}

static void ukl_9p_take_dotl(struct p9_stat_dotl *to, const struct p9_stat_dotl *from)
{
	*to = *from;
	ukl_9p_take_uid(&to->st_uid, &from->st_uid);
	ukl_9p_take_gid(&to->st_gid, &from->st_gid);
}

static int ukl_9p_take_qids(struct ukl_9p *p, u16 *count, struct p9_qid **qids, u16 n, struct p9_qid *const *inside)
{
	size_t size = n * sizeof(**qids);
	const void *from = ukl_arena_at(p, *inside, size);

	if (!from)
		return -EIO;
	*qids = kmemdup(from, size, GFP_NOFS);
	*count = *qids ? n : 0;
	return *qids ? 0 : -ENOMEM;
}

/* The data themselves stay where they are in the reply, whose copy begins at @first. */
static int ukl_9p_take_data(struct ukl_9p *p, const struct p9_fcall *pdu, const char *first, u32 *count, void **data,
			    u32 n, char *const *inside)
{
	const char *from = ukl_arena_at(p, *inside, 0);
	size_t rest = ukl_9p_rest(pdu);

	if (!from || from < first || from - first > rest)
		return -EIO;
	*count = min_t(size_t, n, rest - (from - first));
	*data = pdu->sdata + pdu->offset + (from - first);
	return 0;
}

/* The results, to where the caller wants them. */
static int ukl_9p_take(struct ukl_9p *p, const struct p9_fcall *pdu, int proto_version, const char *fmt, va_list ap)
{
	bool extended = proto_version == p9_proto_2000u || proto_version == p9_proto_2000L;
	const char *reply = (char *)p + ukl_9p_data(fmt);
	unsigned int at = sizeof(*p), second;
	int error = 0;

	for (; *fmt && !error; fmt++) {
		void *from = (char *)p + at, *to, *to_second, *from_second;

		if (*fmt == '?' && !extended)
			break;
		if (*fmt == '?')
			continue;
		at = ukl_9p_next(*fmt, at, &second);
		to = va_arg(ap, void *);
		to_second = second ? va_arg(ap, void *) : NULL;
		from_second = (char *)p + second;
		switch (*fmt) {
		case 's':
			error = ukl_9p_take_string(p, to, *(char **)from);
			break;
		case 'u':
			ukl_9p_take_uid(to, from);
			break;
		case 'g':
			ukl_9p_take_gid(to, from);
			break;
		case 'S':
			error = ukl_9p_take_wstat(p, to, from, extended);
			break;
		case 'A':
			ukl_9p_take_dotl(to, from);
			break;
		case 'D':
			error = ukl_9p_take_data(p, pdu, reply, to, to_second, *(u32 *)from, from_second);
			break;
		case 'R':
			error = ukl_9p_take_qids(p, to, to_second, *(u16 *)from, from_second);
			break;
		default:
			memcpy(to, from, ukl_9p_sizes(*fmt).first);
		}
	}
	return error;
}

static int ukl_9p_run(struct ukl_9p *p, struct p9_fcall *pdu, size_t bytes, int proto_version, const char *fmt)
{
	long result;

	if (!ukl_9p_fill(p, pdu, bytes, proto_version, fmt)) {
		WARN_ONCE(1, "ukl: no 9p decoder for replies of the form %s\n", fmt);
		return -EINVAL;
	}
	result = ukl_confined_call(ukl_9p_confined, p);
	return result <= 0 && result >= -MAX_ERRNO && p->pdu.offset <= ukl_9p_rest(pdu) ? result : -EIO;
}

int ukl_9p_vreadf(struct p9_fcall *pdu, int proto_version, const char *fmt, va_list ap)
{
	/* What the transport has put there; the data of a reply that was not copied are elsewhere. */
	size_t there = min_t(size_t, pdu->size, pdu->capacity), rest = there - min(there, pdu->offset);
	struct ukl_9p *p = xchg(&ukl_9p_spare, NULL) ?: ukl_arena_alloc(GFP_NOFS);
	int error;

	if (!p)
		return -ENOMEM;
	error = ukl_9p_run(p, pdu, min_t(size_t, rest, UKL_9P_SHORT), proto_version, fmt);
	if (error == -EFAULT && rest > UKL_9P_SHORT)
		error = ukl_9p_run(p, pdu, min_t(size_t, rest, UKL_9P_LONG), proto_version, fmt);
	if (!error)
		error = ukl_9p_take(p, pdu, proto_version, fmt, ap);
	if (!error)
		pdu->offset += p->pdu.offset;
	kfree(xchg(&ukl_9p_spare, p));
	return error;
}
