/* ukl/compartment.h.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "include/ukl/compartment.h"
#include "runtime.h"
#include "signals.h"

static const struct ukl_part *part_of(int id)
{
	if (!__ukl_on || id < 0 || id >= UKL_IDS || (id != UKL_ID_SHARED && !__ukl_compartments.part[id].name))
		return NULL;
	return &__ukl_compartments.part[id];
}

int ukl_compartment_self(void)
{
	return ukl_self();
}

const char *ukl_compartment_name(int id)
{
	const struct ukl_part *part = part_of(id);

	if (id == UKL_ID_SHARED)
		return "shared";
	return part ? part->name : NULL;
}

int ukl_compartment_find(const char *name)
{
	for (int id = 0; id < UKL_IDS; id++) {
		const char *has = ukl_compartment_name(id);

		if (has && strcmp(has, name) == 0)
			return id;
	}
	errno = ENOENT;
	return -1;
}

int ukl_compartment_of(const void *address)
{
	return __ukl_on ? __ukl_key_of((uintptr_t)address) : UKL_ID_SHARED;
}

int ukl_compartment_may(int id, int owner, int write)
{
	if (!__ukl_on)
		return id == UKL_ID_SHARED && owner == UKL_ID_SHARED;
	/* Shared code has its caller's rights: as such, those that all have. */
	if (id == UKL_ID_SHARED)
		return owner == UKL_ID_SHARED;
	return part_of(id) && owner >= 0 && owner < UKL_IDS && __ukl_may(id, owner, write);
}

void *ukl_shared_malloc(size_t size)
{
	return __ukl_alloc(UKL_ID_SHARED, size);
}

void *ukl_shared_calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return __ukl_alloc_zeroed(UKL_ID_SHARED, bytes);
}

void *ukl_shared_aligned_alloc(size_t alignment, size_t size)
{
	if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
		errno = EINVAL;
		return NULL;
	}
	return __ukl_alloc_aligned(UKL_ID_SHARED, alignment, size);
}

void ukl_shared_free(void *pointer)
{
	__ukl_free(pointer);
}

void *ukl_malloc_for(int id, size_t size)
{
	if (!__ukl_on && id == UKL_ID_SHARED)
		return __ukl_alloc(UKL_ID_SHARED, size);
	if (!part_of(id) || id == UKL_ID_GATE) {
		errno = EINVAL;
		return NULL;
	}
	if (!__ukl_may(ukl_self(), id, 1)) {
		errno = EPERM;
		return NULL;
	}
	return __ukl_alloc(id, size);
}

int ukl_grant(void *address, size_t length, int id)
{
	long result;

	if (((uintptr_t)address | length) & 4095 || (id != UKL_ID_SHARED && !part_of(id))) {
		errno = EINVAL;
		return -1;
	}
	if (!__ukl_on || length == 0)
		return 0;
	if (!__ukl_may(ukl_self(), id, 1)) {
		errno = EPERM;
		return -1;
	}
	result = ukl_sys_pkey_mprotect(address, length, PROT_READ | PROT_WRITE, id);
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return 0;
}

int ukl_revoke(void *address, size_t length)
{
	return ukl_grant(address, length, ukl_self());
}

int ukl_on_violation(ukl_violation_handler *handler)
{
	long result = ukl_self() ? __ukl_priv_violation_handler((uint64_t)handler) : 0;

	if (result == 0)
		return 0;
	errno = (int)-result;
	return -1;
}

/* Runs as a signal handler of the compartment that has a handler for violations. */
int __ukl_violation_begin(int signo, siginfo_t *info, void *context)
{
	/* In memory of this compartment. */
	const struct ukl_mail *mail = (const struct ukl_mail *)((const char *)info - offsetof(struct ukl_mail, info));
	ukl_violation_handler *handler = (ukl_violation_handler *)mail->violation_handler;
	const gregset_t *regs = (const gregset_t *)&((ucontext_t *)context)->uc_mcontext.gregs;
	struct ukl_violation violation = {
		.by = mail->violator,
		.owner = (int)info->si_pkey,
		.write = mail->violation_write,
		.address = info->si_addr,
		.instruction = (void *)(*regs)[REG_RIP],
		.function = __ukl_function_name((uint64_t)(*regs)[REG_RIP], NULL),
	};

	(void)signo;
	return handler(&violation, context);
}
