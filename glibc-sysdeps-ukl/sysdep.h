/* System calls are calls of the kernel's ukl_sys_<name>, C calling convention.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef _UKL_SYSDEP_H
#define _UKL_SYSDEP_H 1

#include <sysdeps/unix/sysv/linux/x86_64/sysdep.h>

#if SHSTK_ENABLED
# error "ring 0 has no user shadow stacks: build without -fcf-protection"
#endif

/* glibc has names of its own for calls that take a 64-bit time or offset; the
   kernel's call of 64-bit systems has the plain name.  A missing alias shows
   as an undefined ukl_sys_<name> when a program is linked.  */
#define UKL_ALIAS_clock_adjtime64 , clock_adjtime
#define UKL_ALIAS_clock_getres_time64 , clock_getres
#define UKL_ALIAS_clock_gettime64 , clock_gettime
#define UKL_ALIAS_clock_nanosleep_time64 , clock_nanosleep
#define UKL_ALIAS_clock_settime64 , clock_settime
#define UKL_ALIAS_fadvise64_64 , fadvise64
#define UKL_ALIAS_fcntl64 , fcntl
#define UKL_ALIAS_ftruncate64 , ftruncate
#define UKL_ALIAS_futex_time64 , futex
#define UKL_ALIAS_mq_timedreceive_time64 , mq_timedreceive
#define UKL_ALIAS_mq_timedsend_time64 , mq_timedsend
#define UKL_ALIAS_ppoll_time64 , ppoll
#define UKL_ALIAS_pselect6_time64 , pselect6
#define UKL_ALIAS_recvmmsg_time64 , recvmmsg
#define UKL_ALIAS_rt_sigtimedwait_time64 , rt_sigtimedwait
#define UKL_ALIAS_sched_rr_get_interval_time64 , sched_rr_get_interval
#define UKL_ALIAS_semtimedop_time64 , semtimedop
#define UKL_ALIAS_timer_gettime64 , timer_gettime
#define UKL_ALIAS_timer_settime64 , timer_settime
#define UKL_ALIAS_timerfd_gettime64 , timerfd_gettime
#define UKL_ALIAS_timerfd_settime64 , timerfd_settime
#define UKL_ALIAS_truncate64 , truncate
#define UKL_ALIAS_utimensat_time64 , utimensat

/* An alias begins with a comma and so becomes the second argument; without
   one NAME is.  */
#define UKL_SECOND(first, second, ...) second
#define UKL_SELECT(...) UKL_SECOND (__VA_ARGS__, )
#define UKL_NAME(name) UKL_SELECT (UKL_ALIAS_##name, name)
#define UKL_CONCAT(name) ukl_sys_##name
#define UKL_SYMBOL(name) UKL_CONCAT (name)

#ifdef __ASSEMBLER__

/* A stub's arguments are where the kernel wants them already.  */
# undef DO_CALL
# define DO_CALL(name, args, ulong_arg_1, ulong_arg_2) \
    call UKL_SYMBOL (UKL_NAME (name));

#else

/* The call pushes a return address: Makefile turns the red zone off.  */
# define UKL_STRING(symbol) #symbol
# define UKL_CALL(symbol) "call " UKL_STRING (symbol)
# define UKL_CLOBBERS "memory", "cc", "r10", "r11"

# undef INTERNAL_SYSCALL
# define INTERNAL_SYSCALL(name, nr, args...) \
  ukl_call##nr (UKL_CALL (UKL_SYMBOL (UKL_NAME (name))), , args)

/* For a number that is known at run time only.  */
# undef INTERNAL_SYSCALL_NCS
# define INTERNAL_SYSCALL_NCS(number, nr, args...)			\
({									\
    unsigned long int _number = (number);				\
    ukl_call##nr (UKL_CALL (ukl_syscall), "0" (_number), args);		\
})

/* Unlike the instruction, a call destroys the argument registers.  IN is the
   input operand for rax or nothing.  Arguments are evaluated before any is
   put into its register, as evaluating one may use all registers.  */
# define ukl_call0(call, in, dummy...)					\
({									\
    unsigned long int _ret;						\
    asm volatile (call : "=a" (_ret) : in				\
		  : UKL_CLOBBERS, "rdi", "rsi", "rdx", "rcx", "r8", "r9"); \
    (long int) _ret;							\
})

# define ukl_call1(call, in, arg1)					\
({									\
    unsigned long int _ret;						\
    TYPEFY (arg1, _a1) = ARGIFY (arg1);					\
    asm volatile (call : "=a" (_ret), "+D" (_a1) : in			\
		  : UKL_CLOBBERS, "rsi", "rdx", "rcx", "r8", "r9");	\
    (long int) _ret;							\
})

# define ukl_call2(call, in, arg1, arg2)				\
({									\
    unsigned long int _ret;						\
    TYPEFY (arg1, _a1) = ARGIFY (arg1);					\
    TYPEFY (arg2, _a2) = ARGIFY (arg2);					\
    asm volatile (call : "=a" (_ret), "+D" (_a1), "+S" (_a2) : in	\
		  : UKL_CLOBBERS, "rdx", "rcx", "r8", "r9");		\
    (long int) _ret;							\
})

# define ukl_call3(call, in, arg1, arg2, arg3)				\
({									\
    unsigned long int _ret;						\
    TYPEFY (arg1, _a1) = ARGIFY (arg1);					\
    TYPEFY (arg2, _a2) = ARGIFY (arg2);					\
    TYPEFY (arg3, _a3) = ARGIFY (arg3);					\
    asm volatile (call : "=a" (_ret), "+D" (_a1), "+S" (_a2), "+d" (_a3) \
		  : in : UKL_CLOBBERS, "rcx", "r8", "r9");		\
    (long int) _ret;							\
})

# define ukl_call4(call, in, arg1, arg2, arg3, arg4)			\
({									\
    unsigned long int _ret;						\
    TYPEFY (arg1, _a1) = ARGIFY (arg1);					\
    TYPEFY (arg2, _a2) = ARGIFY (arg2);					\
    TYPEFY (arg3, _a3) = ARGIFY (arg3);					\
    TYPEFY (arg4, _a4) = ARGIFY (arg4);					\
    asm volatile (call : "=a" (_ret), "+D" (_a1), "+S" (_a2), "+d" (_a3), \
		  "+c" (_a4) : in : UKL_CLOBBERS, "r8", "r9");		\
    (long int) _ret;							\
})

# define ukl_call5(call, in, arg1, arg2, arg3, arg4, arg5)		\
({									\
    unsigned long int _ret;						\
    TYPEFY (arg1, _a1) = ARGIFY (arg1);					\
    TYPEFY (arg2, _a2) = ARGIFY (arg2);					\
    TYPEFY (arg3, _a3) = ARGIFY (arg3);					\
    TYPEFY (arg4, _a4) = ARGIFY (arg4);					\
    TYPEFY (arg5, _v5) = ARGIFY (arg5);					\
    register TYPEFY (arg5, _a5) asm ("r8") = _v5;			\
    asm volatile (call : "=a" (_ret), "+D" (_a1), "+S" (_a2), "+d" (_a3), \
		  "+c" (_a4), "+r" (_a5) : in : UKL_CLOBBERS, "r9");	\
    (long int) _ret;							\
})

# define ukl_call6(call, in, arg1, arg2, arg3, arg4, arg5, arg6)	\
({									\
    unsigned long int _ret;						\
    TYPEFY (arg1, _a1) = ARGIFY (arg1);					\
    TYPEFY (arg2, _a2) = ARGIFY (arg2);					\
    TYPEFY (arg3, _a3) = ARGIFY (arg3);					\
    TYPEFY (arg4, _a4) = ARGIFY (arg4);					\
    TYPEFY (arg5, _v5) = ARGIFY (arg5);					\
    TYPEFY (arg6, _v6) = ARGIFY (arg6);					\
    register TYPEFY (arg5, _a5) asm ("r8") = _v5;			\
    register TYPEFY (arg6, _a6) asm ("r9") = _v6;			\
    asm volatile (call : "=a" (_ret), "+D" (_a1), "+S" (_a2), "+d" (_a3), \
		  "+c" (_a4), "+r" (_a5), "+r" (_a6) : in : UKL_CLOBBERS); \
    (long int) _ret;							\
})

#endif

#endif
