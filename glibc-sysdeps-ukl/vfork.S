/* Parent and child return here from the same stack, one after the other.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#include <ukl-cont.h>
#include <sysdeps/unix/sysv/linux/x86_64/vfork.S>
