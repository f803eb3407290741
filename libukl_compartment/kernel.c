/* The kernel's part of compartments.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <asm/ukl_compartment.h>
#include <errno.h>

#include "runtime.h"

/* From now on system calls act with the rights of who makes them. */
void __ukl_kernel_setup(void)
{
	unsigned long keys = (1ul << UKL_IDS) - 1;
	int flags = __ukl_compartments.flags & UKL_TABLE_ALLOW_WX ? UKL_COMPARTMENTS_WX : 0;
	/* Static TLS and the header have the same alignment: whole pages. */
	unsigned long pages = ((uintptr_t)__builtin_thread_pointer() - (uintptr_t)&__ukl_gate) / sizeof(__ukl_gate);

	long result = ukl_sys_arch_prctl(ARCH_UKL_COMPARTMENTS,
					 UKL_COMPARTMENTS(keys, (unsigned long)UKL_ID_GATE, flags) |
					 UKL_COMPARTMENTS_HEADER(pages));

	if (result == 0) {
		__ukl_kernel_notes = __ukl_gate.now != 0;
		return;
	}
	struct ukl_line line;

	line.length = 0;
	__ukl_put(&line, "compartments: this kernel does not know them (error ");
	__ukl_put_decimal(&line, (uint64_t)-result);
	__ukl_put(&line, "): use the image's own, or boot with ukl_compartments=off to run unprotected");
	__ukl_line_end(&line);
	for (;;)
		ukl_sys_exit_group(120);
}
