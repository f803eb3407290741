/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Credentials in use are read-only for the kernel itself (CONFIG_UKL_KEY_RO, ukl_key_ro=on): arch/x86/kernel/ukl_cred.c.
 */
#ifndef _LINUX_UKL_CRED_H
#define _LINUX_UKL_CRED_H

#include <linux/cred.h>
#include <linux/types.h>

struct task_struct;

#ifdef CONFIG_UKL_KEY_RO

#include <asm/ukl_key_ro.h>

struct cred *__ukl_cred_seal(struct cred *new);
const struct cred *__ukl_cred_override(const struct cred *new);
bool __ukl_cred_free(struct cred *cred);

/*
 * @new, which nobody else refers to, is about to be a task's. Returns a copy that can only be read, but for its reference
 * counter, and frees @new; or @new, if there is no memory. May sleep.
 */
static inline struct cred *ukl_cred_seal(struct cred *new)
{
	return ukl_key_ro_on() ? __ukl_cred_seal(new) : new;
}

/*
 * @new is about to be current's for a while. Returns a copy that can only be read, or @new, if that is one or there is no
 * memory; with one more reference. Any context but NMI.
 */
static inline const struct cred *ukl_cred_override(const struct cred *new)
{
	return ukl_key_ro_on() ? __ukl_cred_override(new) : get_new_cred((struct cred *)new);
}

/* The memory of @cred, which nobody refers to any more: true if it is such a copy, and has been freed. */
static inline bool ukl_cred_free(struct cred *cred)
{
	return ukl_key_ro_on() && __ukl_cred_free(cred);
}

/*
 * A mark of current, and of its descendants from now on, in what can only be read; gone without one. @task's: any context
 * but NMI.
 */
void ukl_cred_mark(void);
bool ukl_cred_marked(const struct task_struct *task);

#else /* !CONFIG_UKL_KEY_RO */

static inline struct cred *ukl_cred_seal(struct cred *new) { return new; }
static inline const struct cred *ukl_cred_override(const struct cred *new) { return get_new_cred((struct cred *)new); }
static inline bool ukl_cred_free(struct cred *cred) { return false; }
static inline void ukl_cred_mark(void) { }
static inline bool ukl_cred_marked(const struct task_struct *task) { return false; }

#endif /* CONFIG_UKL_KEY_RO */

#endif /* _LINUX_UKL_CRED_H */
