/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions that could undo the kernel's key (CONFIG_UKL_KEY), for inline assembly: a program can jump to
 * each of them in the kernel's text. With the key on, those that cannot be undone are executed in one place
 * only, by arch/x86/entry/ukl_key_priv.S, where an access to the kernel's data follows, or nobody but the kernel
 * finds them (MOV to CR3). Without, and without CONFIG_UKL_KEY, they are where they were.
 */
#ifndef _ASM_X86_UKL_KEY_INSN_H
#define _ASM_X86_UKL_KEY_INSN_H

#ifdef CONFIG_UKL_KEY

#include <asm/alternative.h>
#include <asm/cpufeatures.h>

/* @insn, or a call of @function, which keeps all registers. @insn has five bytes, or NOPs are added. */
#define UKL_KEY_INSN(insn, function)	ALTERNATIVE(insn, "call " function, X86_FEATURE_UKL_KEY)

/* Prefixes that mean nothing: an instruction with them is as long as a call. */
#define UKL_KEY_PAD1		".byte 0x3e; "
#define UKL_KEY_PAD2		".byte 0x3e, 0x3e; "
#define UKL_KEY_PAD3		".byte 0x3e, 0x3e, 0x3e; "

/* The operand of LGDT and LIDT, where @function expects it */
#define UKL_KEY_DESC(dtr)	, "D" (dtr) : "rax", "memory"

/* The operand of a control register's load, where @function expects it */
#define UKL_KEY_REG		"+D"
#define UKL_KEY_REG_IN		"D"

/*
 * XRSTOR, at label 1: PKRU is never in its mask when the kernel executes it. With the key that is checked
 * out of line. @old: the instructions to choose from; goes on at @back, or after a fault at @fixup as by @type.
 */
#define UKL_KEY_XRSTOR(old)	ALTERNATIVE(old, "jmp 9f", X86_FEATURE_UKL_KEY)
#define UKL_KEY_XRSTOR_OUT(old, back, fixup, type)			\
	"\n.pushsection .text.unlikely, \"ax\"\n"			\
	"9: " old "\n\t"						\
	"testl $0x200, %%eax\n\t"					\
	"jnz ukl_key_bad\n\t"						\
	"jmp " #back "\n"						\
	".popsection\n"							\
	_ASM_EXTABLE_TYPE(9b, fixup, type)

/* XSTATE_OP() of arch/x86/kernel/fpu/xstate.h for XRSTOR and XRSTORS */
#define XSTATE_RESTORE_OP(op, st, lmask, hmask, err)			\
	asm volatile("1:" UKL_KEY_XRSTOR(op) "\n"			\
		     "3:\txor %[err], %[err]\n"				\
		     "2:\n\t"						\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT_MCE_SAFE)	\
		     UKL_KEY_XRSTOR_OUT(op, 3b, 2b, EX_TYPE_FAULT_MCE_SAFE) \
		     : [err] "=a" (err)					\
		     : "D" (st), "m" (*st), "a" (lmask), "d" (hmask)	\
		     : "memory")

#else /* !CONFIG_UKL_KEY */

#define UKL_KEY_INSN(insn, function)	insn
#define UKL_KEY_PAD1
#define UKL_KEY_PAD2
#define UKL_KEY_PAD3
#define UKL_KEY_DESC(dtr)
#define UKL_KEY_REG		"+r"
#define UKL_KEY_REG_IN		"r"
#define UKL_KEY_XRSTOR(old)	old
#define UKL_KEY_XRSTOR_OUT(old, back, fixup, type)
#define XSTATE_RESTORE_OP	XSTATE_OP

#endif /* CONFIG_UKL_KEY */

#endif /* _ASM_X86_UKL_KEY_INSN_H */
