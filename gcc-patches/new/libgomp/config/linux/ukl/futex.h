/* Copyright (C) 2026 the x86_64-ukl-linux-gnu authors.

   This file is part of the GNU Offloading and Multi Processing Library
   (libgomp).

   Libgomp is free software; you can redistribute it and/or modify it
   under the terms of the GNU General Public License as published by
   the Free Software Foundation; either version 3, or (at your option)
   any later version.

   Libgomp is distributed in the hope that it will be useful, but WITHOUT ANY
   WARRANTY; without even the implied warranty of MERCHANTABILITY or FITNESS
   FOR A PARTICULAR PURPOSE.  See the GNU General Public License for
   more details.

   Under Section 7 of GPL version 3, you are granted additional
   permissions described in the GCC Runtime Library Exception, version
   3.1, as published by the Free Software Foundation.

   You should have received a copy of the GNU General Public License and
   a copy of the GCC Runtime Library Exception along with this program;
   see the files COPYING3 and COPYING.RUNTIME respectively.  If not, see
   <http://www.gnu.org/licenses/>.  */

/* The futex system call as a call of the kernel's function.  Returns 0, a
   count or -errno.  The kernel that is linked in always knows private
   futexes, so no fallback is needed.  */

extern long ukl_sys_futex (int *, int, int, const void *, int *, int);

static inline void
futex_wait (int *addr, int val)
{
  ukl_sys_futex (addr, gomp_futex_wait, val, NULL, NULL, 0);
}

static inline void
futex_wake (int *addr, int count)
{
  ukl_sys_futex (addr, gomp_futex_wake, count, NULL, NULL, 0);
}

static inline void
cpu_relax (void)
{
  __builtin_ia32_pause ();
}
