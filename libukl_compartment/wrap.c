/* Small replacements.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <alloca.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "runtime.h"

int __real_main(int, char **, char **);

/* The page of the arguments is everybody's: main's frames go below it. libc's frame that
   called this is in that page, so nothing returns there. */
int __wrap_main(int count, char **arguments, char **environment)
{
	char *page = (char *)((uintptr_t)(arguments - 1) & -4096ul);
	char *here = __builtin_frame_address(0);

	if (here > page && here < page + 4096)
		*(volatile char *)alloca((size_t)(here - page)) = 0;
	exit(__real_main(count, arguments, environment));
}

/* The child has a gate header of its own: the kernel gives it a copy of the memory. Without compartments
   it shares both with its parent. The return address must not be pushed twice. */
__asm__(".pushsection .text\n"
	"	.globl	__wrap_vfork\n"
	"	.type	__wrap_vfork, @function\n"
	"__wrap_vfork:\n"
	"	jmp	__real_vfork\n"
	"	.size	__wrap_vfork, .-__wrap_vfork\n"
	"	.popsection");

/* All keys are compartments'. What pkey_set would open is for gates to open. */
int __wrap_pkey_alloc(unsigned flags, unsigned rights)
{
	(void)flags;
	(void)rights;
	errno = ENOSPC;
	return -1;
}

int __wrap_pkey_free(int key)
{
	(void)key;
	errno = EPERM;
	return -1;
}

int __wrap_pkey_set(int key, unsigned rights)
{
	(void)key;
	(void)rights;
	errno = EPERM;
	return -1;
}
