/* The stock instruction is hlt: ring 0 executes it and goes on.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#define ABORT_INSTRUCTION asm ("ud2")
