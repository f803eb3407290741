/* The thread pointer is set by a call: the stock macro has its own syscall.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef _UKL_TLS_H
#define _UKL_TLS_H 1

#include <sysdeps/x86_64/nptl/tls.h>

#ifndef __ASSEMBLER__
# undef TLS_INIT_TP
# define TLS_INIT_TP(thrdescr)						\
  ({ tcbhead_t *_head = (void *) (thrdescr);				\
     _head->tcb = _head;						\
     _head->self = _head;						\
     INTERNAL_SYSCALL_CALL (arch_prctl, ARCH_SET_FS, _head) == 0	\
     ? NULL : "cannot set %fs base address for thread-local storage"; })
#endif

#endif
