/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rdpkru() and wrpkru() of CONFIG_UKL_KEY, for asm/special_insns.h: PKRU as the program has it, without its bits
 * of the kernel's key, which stays open (asm/ukl_key.h). Without the key they are RDPKRU and WRPKRU.
 */
#ifndef _ASM_X86_UKL_PKRU_H
#define _ASM_X86_UKL_PKRU_H

#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>

/* Returns the program's PKRU. */
static inline u32 rdpkru(void)
{
	u32 pkru;

	asm volatile(ALTERNATIVE("xorl %%ecx, %%ecx; .byte 0x0f,0x01,0xee",
				 "call ukl_key_rdpkru", X86_FEATURE_UKL_KEY)
		     : "=a" (pkru), ASM_CALL_CONSTRAINT : : "ecx", "edx", "cc");
	return pkru;
}

/* The program's PKRU is @pkru from here on. */
static inline void wrpkru(u32 pkru)
{
	asm volatile(ALTERNATIVE("xorl %%ecx, %%ecx; xorl %%edx, %%edx; .byte 0x0f,0x01,0xef",
				 "call ukl_key_wrpkru", X86_FEATURE_UKL_KEY)
		     : "+a" (pkru), ASM_CALL_CONSTRAINT : : "ecx", "edx", "cc", "memory");
}

#endif /* _ASM_X86_UKL_PKRU_H */
