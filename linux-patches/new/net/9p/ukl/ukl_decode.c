// SPDX-License-Identifier: GPL-2.0
/*
 * The confined decoder of 9p replies, see ukl_9p.h: the functions of protocol.c once more (functions.sed), and what they
 * refer to outside of the arena replaced.
 */
#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <net/9p/9p.h>
#include <net/9p/client.h>

#include <asm/ukl_confine.h>

#define UKL_9P_CONFINED
#include "ukl_9p.h"

static void *ukl_9p_alloc(size_t size)
{
	struct ukl_9p *p = ukl_arena_here();
	size_t at = ALIGN(p->next, sizeof(long)), end = UKL_ARENA_SIZE - UKL_ARENA_STACK;

	if (at > end || size > end - at)
		return NULL;
	p->next = at + size;
	return (char *)p + at;
}

#undef kmalloc
#undef kmalloc_array
#define kmalloc(size, gfp)		ukl_9p_alloc(size)
#define kmalloc_array(n, size, gfp)	ukl_9p_alloc((n) * (size))
#define kfree(at)			((void)(at))
#define p9stat_free(at)			((void)(at))
/* Ids stay numbers: the maps of a name space are out of reach. */
#define make_kuid(ns, id)		KUIDT_INIT(id)
#define make_kgid(ns, id)		KGIDT_INIT(id)

static int p9pdu_readf(struct p9_fcall *pdu, int proto_version, const char *fmt, ...);
#include "ukl_functions.h"

long ukl_9p_confined(void *arena)
{
	struct ukl_9p *p = arena;
	unsigned int i;

	/* All arguments in memory: psABI 3.5.7, "Variable Argument Lists" */
	struct {
		unsigned int gp_offset, fp_offset;
		void *overflow_arg_area, *reg_save_area;
	} list = { .gp_offset = 48, .fp_offset = 304, .overflow_arg_area = p->args };
	va_list ap;

	static_assert(sizeof(list) == sizeof(ap));
	memcpy(ap, &list, sizeof(list));
	for (i = 0; i < p->arguments; i++)
		p->args[i] = arena + p->results[i];
	p->pdu.sdata = arena + p->data;
	return p9pdu_vreadf(&p->pdu, p->proto_version, p->fmt, ap);
}
