/* The kernel's signal frame, as rt_sigreturn takes it: the runtime's only way to
 * change rights, because it changes them together with everything else.
 *
 * Source: struct rt_sigframe of Linux's arch/x86/include/asm/sigframe.h, struct
 * sigcontext_64 and struct _fpx_sw_bytes of its uapi/asm/sigcontext.h.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef UKL_FRAME_H
#define UKL_FRAME_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

struct ukl_kernel_context {
	uint64_t flags;
	uint64_t link;
	stack_t stack;
	uint64_t regs[23];	/* REG_R8 ... of ucontext.h */
	uint64_t fpstate;
	uint64_t reserved[8];
	uint64_t mask;
};

struct ukl_kernel_frame {
	uint64_t restorer;
	struct ukl_kernel_context context;
	siginfo_t info;
};

/* Flags of a context: there is an XSAVE area, the stack selector counts. */
#define UKL_CONTEXT_FLAGS 7u

/* Offsets in an XSAVE area. */
enum {
	UKL_XSAVE_MXCSR = 24,
	UKL_XSAVE_SOFTWARE = 464,	/* struct ukl_xsave_software */
	UKL_XSAVE_HEADER = 512,		/* which components are not in their first state */
	UKL_XSAVE_COMPONENTS = 576,
};

#define UKL_XSAVE_X87 1u
#define UKL_XSAVE_SSE 2u
#define UKL_XSAVE_PKRU (1u << 9)

struct ukl_xsave_software {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t size;
};

#define UKL_XSAVE_MAGIC1 0x46505853u
#define UKL_XSAVE_MAGIC2 0x46505845u

static inline struct ukl_xsave_software *ukl_xsave_software(void *area)
{
	return (struct ukl_xsave_software *)((char *)area + UKL_XSAVE_SOFTWARE);
}

/* Rights in an XSAVE area of the kernel's. */
uint32_t __ukl_xsave_rights(const void *area);
void __ukl_xsave_set_rights(void *area, uint32_t pkru);

/* What is kept over a switch: the callee-saved registers as setjmp keeps them. */
struct ukl_registers {
	uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
};

/*
 * Continues with these registers, rax = result, this signal mask and these rights.
 * Vector registers start afresh; the control words stay, or are those of a new
 * process if `fresh'. Signals must be blocked. Needs the rights of UKL_ID_GATE.
 */
void __ukl_switch(const struct ukl_registers *, uint64_t result, uint64_t mask, uint32_t pkru, int fresh)
	__attribute__((noreturn));

#endif
