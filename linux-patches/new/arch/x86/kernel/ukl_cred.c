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
#include <linux/init.h>
#include <linux/init_task.h>
#include <linux/key.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/user.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/ukl_cred.h>
#include <linux/ukl_key_ro.h>
#include <linux/user_namespace.h>

#include <asm/set_memory.h>
#include <asm/ukl_key_ro.h>

/* In struct cred, the first that can only be read */
#define UKL_CRED_READ_ONLY	offsetof(struct cred, uid)

/* Where such a credential begins in its first page */
#define UKL_CRED_AT		(PAGE_SIZE - UKL_CRED_READ_ONLY)

/* So many more at once */
#define UKL_CRED_BATCH_ORDER	3
#define UKL_CRED_BATCH		(1 << UKL_CRED_BATCH_ORDER)

/* At least as many are kept for those who cannot wait. */
#define UKL_CRED_RESERVE	4

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

/* The allocator's objects are aligned to more. */
static bool ukl_cred_sealed(const struct cred *cred)
{
	return offset_in_page(cred) == UKL_CRED_AT;
}

/* Behind a credential that can only be read: is the task marked whose it is? */
static unsigned long *ukl_cred_mark_of(const struct cred *cred)
{
	return (unsigned long *)(cred + 1);
}

/* @from's contents, and the mark of current. NULL: no page is free. */
static struct cred *ukl_cred_copy(const struct cred *from)
{
	struct page *page = ukl_ro_take(&ukl_creds);
	unsigned long mark = ukl_cred_marked(current);
	struct cred *cred;

	if (!page)
		return NULL;
	cred = page_address(page) + UKL_CRED_AT;
	memcpy(cred, from, UKL_CRED_READ_ONLY);
	ukl_ro_copy((void *)cred + UKL_CRED_READ_ONLY, (void *)from + UKL_CRED_READ_ONLY,
		    sizeof(*cred) - UKL_CRED_READ_ONLY);
	if (*ukl_cred_mark_of(cred) != mark)
		ukl_ro_set(ukl_cred_mark_of(cred), mark);
	return cred;
}

struct cred *__ukl_cred_seal(struct cred *new)
{
	struct cred *cred;

	if (!READ_ONCE(ukl_ro_started) || atomic_long_read(&new->usage) != 1)
		return new;
	if (READ_ONCE(ukl_creds.count) <= UKL_CRED_RESERVE)
		ukl_cred_grow();
	cred = ukl_cred_copy(new);
	if (!cred)
		return new;
	kfree(new);
	return cred;
}

/* Who overrides may be unable to sleep, and others may refer to @new: it stays as it is. */
const struct cred *__ukl_cred_override(const struct cred *new)
{
	struct cred copy = *new, *sealed;

	if (ukl_cred_sealed(new) || !READ_ONCE(ukl_ro_started))
		return get_new_cred((struct cred *)new);
	atomic_long_set(&copy.usage, 1);
	copy.ucounts = get_ucounts(copy.ucounts);
	if (!copy.ucounts)
		return get_new_cred((struct cred *)new);
#ifdef CONFIG_SECURITY
	copy.security = NULL;
#endif
	if (security_prepare_creds(&copy, new, GFP_ATOMIC | __GFP_NOWARN) < 0)
		goto no_security;
	sealed = ukl_cred_copy(&copy);
	if (!sealed)
		goto no_page;
#ifdef CONFIG_KEYS
	key_get(copy.session_keyring);
	key_get(copy.process_keyring);
	key_get(copy.thread_keyring);
	key_get(copy.request_key_auth);
#endif
	get_group_info(copy.group_info);
	get_uid(copy.user);
	get_user_ns(copy.user_ns);
	return sealed;

no_page:
	security_cred_free(&copy);
no_security:
	put_ucounts(copy.ucounts);
	return get_new_cred((struct cred *)new);
}

bool __ukl_cred_free(struct cred *cred)
{
	if (!ukl_cred_sealed(cred))
		return false;
	ukl_ro_put(&ukl_creds, virt_to_page(cred));
	return true;
}

void ukl_cred_mark(void)
{
	if (ukl_cred_sealed(current->real_cred))
		ukl_ro_set(ukl_cred_mark_of(current->real_cred), 1);
}

bool ukl_cred_marked(const struct task_struct *task)
{
	const struct cred *cred;
	bool marked;

	rcu_read_lock();
	cred = rcu_dereference(task->real_cred);
	marked = ukl_cred_sealed(cred) && *ukl_cred_mark_of(cred);
	rcu_read_unlock();
	return marked;
}

/* What @task has is as old as the kernel: in its place @initial, if that is the same. It may be in use, so it stays. */
static void __init ukl_cred_replace(struct task_struct *task, const struct cred *initial)
{
	const struct cred *old = task->real_cred, *new;

	if (ukl_cred_sealed(old) || task->cred != old)
		return;
	if (!memcmp((void *)old + UKL_CRED_READ_ONLY, (void *)initial + UKL_CRED_READ_ONLY, sizeof(*old) - UKL_CRED_READ_ONLY))
		new = get_cred(initial);
	else
		new = __ukl_cred_override(old);
	/* The task may just have changed it itself. */
	if (cmpxchg((const struct cred **)&task->real_cred, old, new) == old &&
	    cmpxchg((const struct cred **)&task->cred, old, get_cred(new)) == old)
		return;
	put_cred(new);
}

/* After ukl_ro_start(): the tasks so far are the kernel's threads, and what becomes the first program. */
static int __init ukl_cred_start(void)
{
	struct task_struct *process, *task;
	const struct cred *initial;
	int cpu, i;

	if (!ukl_key_ro_on())
		return 0;
	/* Security modules have data for each: then no two are the same. */
	for (i = 0; i <= (IS_ENABLED(CONFIG_SECURITY) ? nr_threads : 0); i += UKL_CRED_BATCH)
		ukl_cred_grow();
	initial = __ukl_cred_override(&init_cred);
	rcu_read_lock();
	for_each_process_thread(process, task)
		ukl_cred_replace(task, initial);
	rcu_read_unlock();
	for_each_possible_cpu(cpu)
		if (idle_task(cpu))
			ukl_cred_replace(idle_task(cpu), initial);
	return 0;
}
late_initcall_sync(ukl_cred_start);
