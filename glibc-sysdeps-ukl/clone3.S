/* The child starts here on a stack that holds no return address.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#include <ukl-cont.h>
#include <sysdeps/unix/sysv/linux/x86_64/clone3.S>
