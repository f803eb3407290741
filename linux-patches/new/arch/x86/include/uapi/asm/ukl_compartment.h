/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Compartments: parts of a process that have a protection key each for their memory
 * and a PKRU each (CONFIG_UKL).
 *
 *	arch_prctl(ARCH_UKL_COMPARTMENTS, UKL_COMPARTMENTS(keys, gate, flags))
 *
 * tells the kernel that the process has them. It is for the process (threads and forked
 * children too) until exec and cannot be taken back. @keys is a mask of the protection keys
 * in use, 0 and the gate's included; @gate is the key of the memory that only the code
 * which switches compartments may write. A thread whose PKRU lets it write that key "has the gate".
 *
 * Returns 0, or an error and nothing has changed:
 *	EINVAL	a key or flag that cannot be
 *	ENODEV	the processor has no protection keys
 *	EBUSY	there are other threads, or io_uring is in use
 *	EPERM	called a second time; or PKRU does not open all of @keys for writing; or the
 *		process is traced by a descendant of a process with compartments
 *
 * Not safe to call while another thread of the process starts.
 */
#ifndef _UAPI_ASM_X86_UKL_COMPARTMENT_H
#define _UAPI_ASM_X86_UKL_COMPARTMENT_H

#define ARCH_UKL_COMPARTMENTS	0x554b0001

#define UKL_COMPARTMENTS(keys, gate, flags)				\
	((unsigned long)(keys) | (unsigned long)(gate) << 16 | (unsigned long)(flags) << 32)

/*
 * To be added: every thread has a gate header, in memory of the gate's key that all may read, @pages (1 to 4095)
 * below its thread pointer. At UKL_COMPARTMENTS_NOW in it is the PKRU that the thread has now, or 0 as long as
 * it has none of its own. Whoever changes PKRU writes it there: gates, if they get more rights in the
 * instruction behind WRPKRU, if less before it; the kernel at the start of handlers and in rt_sigreturn. With
 * its own key on (ukl_key=on), the kernel lets nobody in or out with other rights, and the call writes there first.
 * With it off the kernel neither reads nor writes headers: what the call leaves 0 is the program's own.
 */
#define UKL_COMPARTMENTS_HEADER(pages)	((unsigned long)(pages) << 20)
#define UKL_COMPARTMENTS_NOW		0x10

/* The process may have executable memory besides what was mapped at the call, and writable, too. */
#define UKL_COMPARTMENTS_WX	1
/* Core dumps, which hold the registers of all threads, may be written. */
#define UKL_COMPARTMENTS_DUMP	2

#endif /* _UAPI_ASM_X86_UKL_COMPARTMENT_H */
