/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel data that is read-only for the kernel, too (CONFIG_UKL_KEY_RO): pages with key UKL_KEY_RO. While the
 * kernel runs, PKRU allows reads of them; writes are for the functions here, which open the key for one access.
 * A program has the key closed like UKL_KEY.
 *
 * So far: page tables. Like all of the kernel's key this is in force while a ring-0 program's page tables are
 * loaded, whoever runs on them; elsewhere the kernel's pages are the supervisor's.
 */
#ifndef _ASM_X86_UKL_KEY_RO_H
#define _ASM_X86_UKL_KEY_RO_H

/* What PKRU says of it: closed, as the program has it; read-only, as the kernel has it. */
#ifdef CONFIG_UKL_KEY_RO
#define UKL_KEY_RO		14
#define UKL_KEY_RO_AD		0x10000000
#define UKL_KEY_RO_WD		0x20000000
#else
#define UKL_KEY_RO_AD		0
#define UKL_KEY_RO_WD		0
#endif

#ifndef __ASSEMBLY__

#include <linux/stringify.h>
#include <linux/types.h>

#include <asm/cpufeature.h>

/* Are there such pages? Patched in at boot. */
#define ukl_key_ro_on()	(IS_ENABLED(CONFIG_UKL_KEY_RO) && cpu_feature_enabled(X86_FEATURE_UKL_KEY_RO))

#ifdef CONFIG_UKL_KEY_RO

#include <asm/alternative.h>
#include <asm/asm.h>

/*
 * An instruction, or a call of the function in arch/x86/entry/ukl_key_ro.S that executes it with the key open and
 * keeps all registers. Prefixes that mean nothing make it as long as the call, so that without the key there is
 * nothing more to execute.
 */
#define UKL_RO_INSN(insn, function)	ALTERNATIVE(insn, "call " function, X86_FEATURE_UKL_KEY_RO)

static __always_inline void ukl_ro_set(unsigned long *at, unsigned long value)
{
	asm volatile(UKL_RO_INSN(".byte 0x3e, 0x3e; movq %%rsi, (%%rdi)", "ukl_ro_mov")
		     : "=m" (*at), ASM_CALL_CONSTRAINT : "D" (at), "S" (value) : "cc");
}

static __always_inline unsigned long ukl_ro_xchg(unsigned long *at, unsigned long value)
{
	asm volatile(UKL_RO_INSN(".byte 0x3e, 0x3e; xchgq %%rsi, (%%rdi)", "ukl_ro_xchg_insn")
		     : "+m" (*at), "+S" (value), ASM_CALL_CONSTRAINT : "D" (at) : "memory", "cc");
	return value;
}

/* As try_cmpxchg(): @old becomes what is there. */
static __always_inline bool ukl_ro_try_cmpxchg(unsigned long *at, unsigned long *old, unsigned long new)
{
	unsigned long is = *old;

	asm volatile(UKL_RO_INSN("lock cmpxchgq %%rsi, (%%rdi)", "ukl_ro_cmpxchg_insn")
		     : "+m" (*at), "+a" (is), ASM_CALL_CONSTRAINT : "D" (at), "S" (new) : "memory", "cc");
	if (is == *old)
		return true;
	*old = is;
	return false;
}

bool ukl_ro_test_and_clear_bit(int bit, unsigned long *at);
void ukl_ro_copy(void *to, const void *from, size_t size);

/* The kernel's memory has its key. */
void ukl_ro_init(bool key);

#else /* !CONFIG_UKL_KEY_RO */

static inline void ukl_ro_init(bool key) { }
#define ukl_ro_set(at, value)		WRITE_ONCE(*(at), value)
#define ukl_ro_xchg			xchg
#define ukl_ro_try_cmpxchg		try_cmpxchg
#define ukl_ro_test_and_clear_bit	test_and_clear_bit
#define ukl_ro_copy			memcpy

#endif /* CONFIG_UKL_KEY_RO */

#endif /* __ASSEMBLY__ */

#endif /* _ASM_X86_UKL_KEY_RO_H */
