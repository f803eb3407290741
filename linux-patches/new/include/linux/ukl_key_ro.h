/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages for what is read-only for the kernel itself: arch/x86/kernel/ukl_key_ro.c. They never go back to the
 * page allocator.
 */
#ifndef _LINUX_UKL_KEY_RO_H
#define _LINUX_UKL_KEY_RO_H

#include <linux/gfp_types.h>
#include <linux/list.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

struct page;

#ifdef CONFIG_UKL_KEY_RO

#include <asm/ukl_key_ro.h>

/* Pages can have the key from now on. Page tables that are older have it. */
extern bool ukl_ro_started;

/* Pages that are free, for one purpose */
struct ukl_ro_list {
	spinlock_t lock;
	struct list_head pages;
	unsigned int count;
};

#define UKL_RO_LIST(name) {						\
	.lock = __SPIN_LOCK_UNLOCKED((name).lock),			\
	.pages = LIST_HEAD_INIT((name).pages),				\
}

/* Any context. NULL: there is none. */
void ukl_ro_put(struct ukl_ro_list *list, struct page *page);
struct page *ukl_ro_take(struct ukl_ro_list *list);

struct page *__ukl_ro_alloc_page(gfp_t gfp);
bool __ukl_ro_free_page(struct page *page);

/* One page of zeros, or NULL: then an ordinary page has to do. */
static inline struct page *ukl_ro_alloc_page(gfp_t gfp, unsigned int order)
{
	return ukl_key_ro_on() && !order ? __ukl_ro_alloc_page(gfp) : NULL;
}

/* @page is about to be freed: true if it is one of those, and has been. */
static inline bool ukl_ro_free_page(struct page *page)
{
	return ukl_key_ro_on() && __ukl_ro_free_page(page);
}

#else /* !CONFIG_UKL_KEY_RO */

static inline struct page *ukl_ro_alloc_page(gfp_t gfp, unsigned int order) { return NULL; }
static inline bool ukl_ro_free_page(struct page *page) { return false; }

#endif /* CONFIG_UKL_KEY_RO */

#endif /* _LINUX_UKL_KEY_RO_H */
