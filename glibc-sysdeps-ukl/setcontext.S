/* The stock file makes one system call and keeps nothing in registers over it.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#define syscall movq %r10, %rcx; call ukl_sys_rt_sigprocmask
#include <sysdeps/unix/sysv/linux/x86_64/setcontext.S>
