/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries and exits with the kernel's key (CONFIG_UKL_KEY): see asm/ukl_key.h. Included by
 * ukl_64.S; code there and in entry_64.S is patched at boot to come by here.
 *
 * A program can jump to every instruction here with registers of its own, and PKRU does
 * not mind. So nothing after a WRPKRU that opens the key may believe in a register, or in memory that a
 * program can write, unless it is what the program could have said at a genuine entry; and after
 * a WRPKRU that closes the key, eax must be seen to do so.
 */

/* PKRU in eax. Clobbers ecx, edx, flags. */
.macro UKL_KEY_RDPKRU
	xorl	%ecx, %ecx
	rdpkru
.endm

/* Opens the key, from PKRU in eax and edx = ecx = 0. */
.macro UKL_KEY_OPEN
	andl	$~UKL_KEY_BITS, %eax
	wrpkru
.endm

/*
 * Behind it: has eax opened both keys, whatever who jumped there had in it? With one of them closed the kernel would run, and an entry
 * would take it for the program.
 */
.macro UKL_KEY_CHECK_OPEN bad=ukl_key_bad
	testl	$UKL_KEY_BITS, %eax
	jnz	\bad
.endm

/*
 * From eax and edx = ecx = 0. Where there are compartments the other keys count, too: XRSTOR takes
 * them from memory of the kernel's that no register names, so that it cannot be jumped to. Clobbers eax, ecx, edx.
 */
.macro UKL_KEY_CLOSE
	ALTERNATIVE __stringify(orl $UKL_KEY_LEAST_CLOSED, %eax; wrpkru; cmpl $UKL_KEY_LEAST_CLOSED, %eax; jl ukl_key_bad), \
		__stringify(orl $UKL_KEY_CLOSED, %eax; movl %eax, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_PKRU);		\
			    movl $UKL_XSTATE_PKRU, %eax; UKL_KEY_XRSTOR), X86_FEATURE_UKL_RIGHTS
.endm

/* PKRU from ukl_exit_page, mask in eax. ukl_rights_init() takes the offset of PKRU in an XSAVE area from the address. */
.macro UKL_KEY_XRSTOR
	xrstor	PER_CPU_VAR(ukl_exit_page + UKL_EXIT_PKRU)
.Lxrstor\@:
.pushsection .init.rodata.ukl_xrstors, "a"
	.long	.Lxrstor\@ - .
.popsection
.endm
.pushsection .init.rodata.ukl_xrstors, "a"
	.balign	4
	.globl	ukl_xrstors
ukl_xrstors:
.popsection
.irp table, ukl_key_jumps, ukl_key_skips, ukl_key_outs
.pushsection .init.rodata.\table, "a"
	.balign	4
	.globl	\table
\table:
.popsection
.endr

/* A direct call's: keeps what the call's \args arguments are in. Clobbers eax, r10, r11, flags, else ecx, edx. */
.macro UKL_KEY_OPEN_CALL args:req
.ifgt \args - 2
	movq	%rdx, %r11
.endif
.ifgt \args - 3
	movq	%rcx, %r10
.endif
	UKL_KEY_RDPKRU
	UKL_KEY_OPEN
.ifgt \args - 2
	movq	%r11, %rdx
.endif
.ifgt \args - 3
	movq	%r10, %rcx
.endif
.endm

/*
 * After it, jumped over without compartments: has who calls the rights in eax? If not, or if it needs none,
 * ukl_rights_syscall() decides. If so it gets them back at the end: whoever changes PKRU meanwhile changes that, too.
 * Clobbers \at and \now, of 32 bits.
 */
.macro UKL_RIGHTS_CALL full:req, at=%r10, now=%r11d
.Lrights\@:
	movq	PER_CPU_VAR(ukl_rights), \at
	leal	UKL_KEY_CLOSED(%rax), \now
.Lnow\@:
	cmpl	(\at), \now
	_ASM_EXTABLE(.Lnow\@, ukl_key_bad)
	jne	\full
	movl	\now, PER_CPU_VAR(ukl_exit_page + UKL_EXIT_PKRU)
.Lplain\@:
	UKL_KEY_JUMP ukl_key_skips, .Lrights\@, .Lplain\@, .Lplain\@
.endm

/* Jump to \label if %rsp is where an entry on this stack may have it after \pushed bytes. Clobbers rax. */
.macro UKL_KEY_CHECK_STACK stack:req, pushed:req, label:req
	movq	%rsp, %rax
	subq	PER_CPU_VAR(\stack), %rax
	cmpq	$(EXCEPTION_STKSZ - UKL_IST_RESERVE - (\pushed)), %rax
	jbe	\label
.endm

/*
 * The end of a fast call: on the program's stack, result in rax. From here on an interrupt finds the
 * program, whose call is done: see ukl_key_from_program() and ukl_from_program().
 */
SYM_CODE_START(ukl_key_out)
	UNWIND_HINT_UNDEFINED
	movq	%rax, %r8
	UKL_KEY_RDPKRU
	orl	$UKL_KEY_LEAST_CLOSED, %eax
	ALTERNATIVE "wrpkru", "ud2; nop", X86_FEATURE_UKL_RIGHTS
	cmpl	$UKL_KEY_LEAST_CLOSED, %eax
	jl	ukl_key_bad
	movq	%r8, %rax
	ret
/*
 * The same with compartments, see UKL_KEY_CLOSE and UKL_RIGHTS_CALL. Of the mask, edx is the upper half, in which XCR0 has
 * nothing.
 */
SYM_INNER_LABEL(ukl_rights_out, SYM_L_GLOBAL)
	movq	%rax, %r8
	movl	$UKL_XSTATE_PKRU, %eax
	UKL_KEY_XRSTOR
	movq	%r8, %rax
	ret
SYM_INNER_LABEL(ukl_key_out_end, SYM_L_GLOBAL)
SYM_CODE_END(ukl_key_out)

/*
 * A number in eax and six arguments: nowhere in memory, where whoever jumps behind what writes it would have a word of the
 * kernel's read. RDPKRU and WRPKRU want 0 in ecx and edx, the upper halves are ignored (Intel SDM, volume 2). The number is
 * in rcx then, rdx in r11, rcx in r10.
 */
.macro UKL_KEY_OPEN_NUMBER
	movq	%rdx, %r11
	movq	%rcx, %r10
	movl	%eax, %ecx
	shlq	$32, %rcx
	rdpkru
	UKL_KEY_OPEN
.endm
.macro UKL_KEY_NUMBER_BACK
	movl	%ecx, %eax
	movq	%r11, %rdx
	movq	%r10, %rcx
.endm

/*
 * ukl_syscall: goes on in the call's entry behind what opens the key there. All six arguments are in place, as who
 * watches sees six, however many the call has.
 */
SYM_CODE_START_LOCAL(ukl_key_syscall)
	UNWIND_HINT_UNDEFINED
	UKL_KEY_OPEN_NUMBER
	UKL_RIGHTS_CALL .Lnumber_full, %rdx, %eax
	shrq	$32, %rcx
	cmpl	$ukl_table_entries, %ecx
	jae	.Lnumber_back
	movq	ukl_table(, %rcx, 8), %rax
	testq	%rax, %rax
	jz	.Lnumber_back
	movq	%r11, %rdx
	movq	%r10, %rcx
	movq	PER_CPU_VAR(pcpu_hot + X86_current_task), %r10
	jmp	*%rax
.Lnumber_full:
	shrq	$32, %rcx
.Lnumber_back:
	UKL_KEY_NUMBER_BACK
	jmp	ukl_syscall_full
SYM_CODE_END(ukl_key_syscall)

/* ukl_syscall_cont */
SYM_CODE_START_LOCAL(ukl_key_syscall_cont)
	UNWIND_HINT_UNDEFINED
	UKL_KEY_OPEN_NUMBER
	shrq	$32, %rcx
	UKL_KEY_NUMBER_BACK
	leaq	8(%rsp), %r11
	jmp	.Lukl_syscall_cont_open
SYM_CODE_END(ukl_key_syscall_cont)

/* A full call where there are compartments. What a fast one compares has these bits, too. */
SYM_CODE_START_LOCAL(ukl_key_rights_syscall)
	UNWIND_HINT_FUNC
	UKL_KEY_RDPKRU
	UKL_KEY_CHECK_OPEN
	jmp	ukl_rights_syscall
SYM_CODE_END(ukl_key_rights_syscall)
