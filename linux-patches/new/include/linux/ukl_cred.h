/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Credentials in use are read-only for the kernel itself (CONFIG_UKL_KEY_RO, ukl_key_ro=on): arch/x86/kernel/ukl_cred.c.
 */
#ifndef _LINUX_UKL_CRED_H
#define _LINUX_UKL_CRED_H

#include <linux/types.h>

struct cred;

#ifdef CONFIG_UKL_KEY_RO

#include <asm/ukl_key_ro.h>

struct cred *__ukl_cred_seal(struct cred *new);
bool __ukl_cred_free(struct cred *cred);

/*
 * @new, which nobody else refers to, is about to be a task's. Returns a copy that can only be read, but for its reference
 * counter, and frees @new; or @new, if there is no memory. May sleep.
 */
static inline struct cred *ukl_cred_seal(struct cred *new)
{
	return ukl_key_ro_on() ? __ukl_cred_seal(new) : new;
}

/* The memory of @cred, which nobody refers to any more: true if it is such a copy, and has been freed. */
static inline bool ukl_cred_free(struct cred *cred)
{
	return ukl_key_ro_on() && __ukl_cred_free(cred);
}

#else /* !CONFIG_UKL_KEY_RO */

static inline struct cred *ukl_cred_seal(struct cred *new) { return new; }
static inline bool ukl_cred_free(struct cred *cred) { return false; }

#endif /* CONFIG_UKL_KEY_RO */

#endif /* _LINUX_UKL_CRED_H */
