/* Changing rights: a signal frame of our own making, and rt_sigreturn.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <cpuid.h>

#include "frame.h"
#include "runtime.h"

/* Offset of PKRU in an XSAVE area: CPUID leaf 13, subleaf 9. */
static uint32_t pkru_offset UKL_RELRO = 1;

void __ukl_frame_setup(void)
{
	unsigned a, b, c, d;

	__cpuid_count(13, 9, a, b, c, d);
	if (a < 4)
		__ukl_fatal("no room for rights in signal frames");
	pkru_offset = b;
}

/* A component that is in its first state is not stored: PKRU's is 0. */
uint32_t __ukl_xsave_rights(const void *area)
{
	const char *bytes = area;

	if (!(*(const uint64_t *)(bytes + UKL_XSAVE_HEADER) & UKL_XSAVE_PKRU))
		return 0;
	return *(const uint32_t *)(bytes + pkru_offset);
}

void __ukl_xsave_set_rights(void *area, uint32_t pkru)
{
	char *bytes = area;

	*(uint64_t *)(bytes + UKL_XSAVE_HEADER) |= UKL_XSAVE_PKRU;
	*(uint32_t *)(bytes + pkru_offset) = pkru;
}

void __ukl_switch(const struct ukl_registers *registers, uint64_t result, uint64_t mask, uint32_t pkru,
		  int fresh)
{
	char *private = ukl_private(__ukl_gate.thread);
	struct ukl_kernel_frame *frame = (struct ukl_kernel_frame *)(private + UKL_SWITCH);
	/* The kernel wants the XSAVE area at a multiple of 64. */
	char *xsave = private + UKL_SWITCH + 1024;
	struct ukl_xsave_software *software = ukl_xsave_software(xsave);
	uint64_t *regs = frame->context.regs;
	uint32_t size = pkru_offset + 8;

	__builtin_memset(frame, 0, 1024 + size);
	frame->context.flags = UKL_CONTEXT_FLAGS;
	frame->context.stack.ss_sp = private + UKL_SIGNAL_STACK;
	frame->context.stack.ss_size = UKL_SIGNAL_STACK_SIZE;
	frame->context.mask = mask;
	frame->context.fpstate = (uint64_t)xsave;
	regs[REG_RBX] = registers->rbx;
	regs[REG_RBP] = registers->rbp;
	regs[REG_R12] = registers->r12;
	regs[REG_R13] = registers->r13;
	regs[REG_R14] = registers->r14;
	regs[REG_R15] = registers->r15;
	regs[REG_RSP] = registers->rsp;
	regs[REG_RIP] = registers->rip;
	regs[REG_RAX] = result;
	regs[REG_EFL] = 0x202;
	regs[REG_CSGSFS] = 0x33ul | 0x2bul << 48;
	/* Control words are in the legacy part of the area. */
	__asm__ volatile("fxsave64 (%0)" : : "r"(xsave) : "memory");
	software->magic1 = UKL_XSAVE_MAGIC1;
	software->extended_size = size + 4;
	software->features = UKL_XSAVE_X87 | UKL_XSAVE_SSE | UKL_XSAVE_PKRU;
	software->size = size;
	*(uint32_t *)(xsave + size) = UKL_XSAVE_MAGIC2;
	__builtin_memset(xsave + UKL_XSAVE_HEADER, 0, UKL_XSAVE_COMPONENTS - UKL_XSAVE_HEADER);
	/* No x87 value is live over a call; the control word is. Vector registers are not. */
	if (fresh)
		*(uint32_t *)(xsave + UKL_XSAVE_MXCSR) = 0x1f80;
	else
		*(uint64_t *)(xsave + UKL_XSAVE_HEADER) = UKL_XSAVE_X87;
	__ukl_xsave_set_rights(xsave, pkru);
	__ukl_sigreturn(frame);
}
