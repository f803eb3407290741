/* SPDX-License-Identifier: GPL-2.0 */
/*
 * __ukl_sys_<name>: the function of a system call with its arguments in the
 * registers of the C calling convention, for the stubs in arch/x86/entry/ukl_64.S.
 */
#ifndef _ASM_X86_UKL_SYSCALL_H
#define _ASM_X86_UKL_SYSCALL_H

#ifdef CONFIG_UKL

#define __UKL_SYS_STUBx(x, name, ...)					\
	long __ukl_sys##name(__MAP(x,__SC_LONG,__VA_ARGS__))		\
		__alias(__se_sys##name);

#define __UKL_SYS_STUB0(name)						\
	long __ukl_sys_##name(const struct pt_regs *__unused)		\
		__alias(__do_sys_##name);

#define __UKL_COND_SYSCALL(name)					\
	__weak long __ukl_sys_##name(void);				\
	__weak long __ukl_sys_##name(void)				\
	{								\
		return sys_ni_syscall();				\
	}

#else /* !CONFIG_UKL */

#define __UKL_SYS_STUBx(x, name, ...)
#define __UKL_SYS_STUB0(name)
#define __UKL_COND_SYSCALL(name)

#endif /* CONFIG_UKL */

#endif /* _ASM_X86_UKL_SYSCALL_H */
