/* Lazy binding, which does not exist here.
   Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
   SPDX-License-Identifier: LGPL-2.1-or-later  */

#include <sysdep.h>

/* Every link is static, so no PLT entry ever comes here; dl-reloc.c refers to
   the names all the same.  The stock functions end in XRSTOR, which can load
   PKRU: in an image with compartments no code may contain it.  */

	.text
	.macro never name
	.globl \name
	.hidden \name
	.type \name, @function
\name:
	ud2
	.size \name, . - \name
	.endm

	never _dl_runtime_resolve_fxsave
	never _dl_runtime_resolve_xsave
	never _dl_runtime_resolve_xsavec
	never _dl_runtime_profile_sse
	never _dl_runtime_profile_avx
	never _dl_runtime_profile_avx512
