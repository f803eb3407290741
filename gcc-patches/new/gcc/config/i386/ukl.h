/* Definitions for Linux linked with its program into one unikernel image.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors.

This file is part of GCC.

GCC is free software; you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation; either version 3, or (at your option)
any later version.

GCC is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.

You should have received a copy of the GNU General Public License
along with GCC; see the file COPYING3.  If not see
<http://www.gnu.org/licenses/>.  */

#undef TARGET_OS_CPP_BUILTINS
#define TARGET_OS_CPP_BUILTINS()		\
  do						\
    {						\
      GNU_USER_TARGET_OS_CPP_BUILTINS ();	\
      ANDROID_TARGET_OS_CPP_BUILTINS ();	\
      builtin_define ("__ukl__");		\
    }						\
  while (0)

/* Every final link is static and at fixed addresses: the program is linked
   together with the kernel, so nothing is left to bind or to move at run
   time.  -static makes the stock specs choose the start files and the
   grouping of the libraries.  */
#undef SUBTARGET_DRIVER_SELF_SPECS
#define SUBTARGET_DRIVER_SELF_SPECS					\
  "%{shared:%{!c:%{!S:%{!E:%e-shared is not supported: programs for "	\
  "x86_64-ukl-linux-gnu are linked statically with the kernel, make an "	\
  "archive (ar) instead}}}}"						\
  " %{!r:%{!static:-static}} %<pie %<static-pie"

/* The program, the kernel and the root file system in one link.  With
   -mno-image, or a linker script of the user's, the same program as a plain
   ELF file: its system calls then come from a library that uses the
   instruction.  */
#define UKL_KERNEL_SPEC "ukl-kernel.o%s ukl-rootfs.o%s -T ukl.lds%s"

#undef LINK_GCC_C_SEQUENCE_SPEC
#define LINK_GCC_C_SEQUENCE_SPEC					\
  "--start-group %G %{!nolibc:%L} %{mno-image|T*:-lukl_sys} --end-group" \
  " %{!mno-image:%{!T*:" UKL_KERNEL_SPEC "}}"

/* What ld has to know about a function to make a gate to it, behind the
   function's end: once per definition, since the part that was split off as
   cold ends elsewhere.  */
#undef ASM_DECLARE_FUNCTION_SIZE
#define ASM_DECLARE_FUNCTION_SIZE(FILE, FNAME, DECL)			\
  do									\
    {									\
      if (!flag_inhibit_size_directive)					\
	ASM_OUTPUT_MEASURED_SIZE (FILE, FNAME);				\
      ukl_output_abi_record (FILE, FNAME, DECL);			\
    }									\
  while (0)

/* Variables that every compartment may write, functions that other
   compartments may or may not enter.  */
#undef SUBTARGET_ATTRIBUTE_TABLE
#define SUBTARGET_ATTRIBUTE_TABLE					\
  { "ukl_shared", 0, 0, true, false, false, false,			\
    ukl_handle_shared_attribute, NULL },				\
  { "ukl_gate", 0, 0, true, false, false, false,			\
    ukl_handle_gate_attribute, NULL },					\
  { "ukl_nogate", 0, 0, true, false, false, false,			\
    ukl_handle_gate_attribute, NULL }

#undef SUBTARGET_GET_VARIABLE_SECTION
#define SUBTARGET_GET_VARIABLE_SECTION(DECL) ukl_get_variable_section (DECL)
