// SPDX-License-Identifier: GPL-2.0
/*
 * Credentials in use, in pages with a key of their own: see linux/ukl_cred.h and asm/ukl_key_ro.h.
 *
 * What changes while a credential is in use, its reference counter and RCU's head, comes first in struct cred and lies at
 * the end of an ordinary page. All else begins the next page, which has the key. So such a credential takes two pages;
 * once they are made they are kept for the next.
 */
#include <linux/cred.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/ukl_cred.h>
#include <linux/ukl_key_ro.h>

#include <asm/set_memory.h>
#include <asm/ukl_key_ro.h>

/* In struct cred, the first that can only be read */
#define UKL_CRED_READ_ONLY	offsetof(struct cred, uid)

/* So many more at once */
#define UKL_CRED_BATCH_ORDER	3
#define UKL_CRED_BATCH		(1 << UKL_CRED_BATCH_ORDER)

static_assert(UKL_CRED_READ_ONLY % sizeof(long) == 0 && sizeof(struct cred) % sizeof(long) == 0);
static_assert(offsetofend(struct cred, rcu) <= UKL_CRED_READ_ONLY && offsetofend(struct cred, usage) <= UKL_CRED_READ_ONLY);

/* The first pages of those that are free */
static struct ukl_ro_list ukl_creds = UKL_RO_LIST(ukl_creds);

static void ukl_cred_grow(void)
{
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_NOWARN, UKL_CRED_BATCH_ORDER + 1);
	unsigned long addresses[UKL_CRED_BATCH];
	int i;

	if (!pages)
		return;
	for (i = 0; i < UKL_CRED_BATCH; i++)
		addresses[i] = (unsigned long)page_address(pages + 2 * i + 1);
	if (set_memory_ukl_ro(addresses, UKL_CRED_BATCH, 1)) {
		/* Some may have the key: they are lost. */
		pr_warn_once("ukl_key_ro: no memory to split the direct map for credentials\n");
		return;
	}
	for (i = 0; i < UKL_CRED_BATCH; i++)
		ukl_ro_put(&ukl_creds, pages + 2 * i);
}

struct cred *__ukl_cred_seal(struct cred *new)
{
	struct page *page;
	struct cred *cred;

	if (!READ_ONCE(ukl_ro_started) || atomic_long_read(&new->usage) != 1)
		return new;
	page = ukl_ro_take(&ukl_creds);
	if (!page) {
		ukl_cred_grow();
		page = ukl_ro_take(&ukl_creds);
	}
	if (!page)
		return new;
	cred = page_address(page) + PAGE_SIZE - UKL_CRED_READ_ONLY;
	memcpy(cred, new, UKL_CRED_READ_ONLY);
	ukl_ro_copy((void *)cred + UKL_CRED_READ_ONLY, (void *)new + UKL_CRED_READ_ONLY,
		    sizeof(*cred) - UKL_CRED_READ_ONLY);
	kfree(new);
	return cred;
}

/* The allocator's objects are aligned to more. */
bool __ukl_cred_free(struct cred *cred)
{
	if (offset_in_page(cred) != PAGE_SIZE - UKL_CRED_READ_ONLY)
		return false;
	ukl_ro_put(&ukl_creds, virt_to_page(cred));
	return true;
}
