/* The stock file keeps values in registers, and the result below the stack.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#define UKL_PUSH(reg) pushq reg; cfi_adjust_cfa_offset (8)
#define UKL_POP(reg) popq reg; cfi_adjust_cfa_offset (-8)

#define syscall								\
	subq	$sizeSS, %rsp;						\
	cfi_adjust_cfa_offset (sizeSS);					\
	UKL_PUSH (%rdx); UKL_PUSH (%r8); UKL_PUSH (%r9); UKL_PUSH (%r10); \
	call	ukl_sys_sigaltstack;					\
	UKL_POP (%r10); UKL_POP (%r9); UKL_POP (%r8); UKL_POP (%rdx);	\
	addq	$sizeSS, %rsp;						\
	cfi_adjust_cfa_offset (-sizeSS)

#include <sysdeps/unix/sysv/linux/x86_64/____longjmp_chk.S>
