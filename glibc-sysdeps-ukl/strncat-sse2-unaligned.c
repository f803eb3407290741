/* strncat for CPUs without AVX2, in place of the assembly of sysdeps/x86_64/multiarch: three of its moves
   contain the bytes 0f 30 (WRMSR), which no program with compartments may have.  The generic one is
   made of strlen, strnlen and memcpy, which have their own variants for the CPU.

   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#define STRNCAT __strncat_sse2_unaligned
#include <string/strncat.c>
