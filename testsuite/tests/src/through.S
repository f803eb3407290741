/*
 * void through(): calls *target with the arguments that it was called with, on another stack, as a
 * gate between two compartments does: only `stack_bytes` bytes of stack arguments go over, to an
 * address aligned to `alignment`, and the object behind a hidden pointer (sret_bytes not 0) is made in
 * `object` and copied back. What lies around both is filled with 0xa5. Not reentrant.
 */
	.globl	through, target, stack_bytes, sret_bytes, alignment, object
	.type	through, @function
	.text
through:
	movq	%rbp, kept_rbp(%rip)
	movq	%rsp, %rbp
	movq	%rdi, kept(%rip)
	movq	%rsi, kept+8(%rip)
	movq	%rcx, kept+16(%rip)
	movq	%rax, kept+24(%rip)

	leaq	stack(%rip), %rdi
	movl	$65536, %ecx
	movb	$0xa5, %al
	cld
	rep stosb
	leaq	object-64(%rip), %rdi
	movl	$16384 + 128, %ecx
	rep stosb

	leaq	stack + 49152(%rip), %rsp
	subq	stack_bytes(%rip), %rsp
	xorl	%eax, %eax
	subq	alignment(%rip), %rax
	andq	%rax, %rsp
	movq	%rsp, %rdi
	leaq	8(%rbp), %rsi
	movq	stack_bytes(%rip), %rcx
	rep movsb

	movq	kept(%rip), %rdi
	movq	kept+8(%rip), %rsi
	movq	kept+16(%rip), %rcx
	movq	kept+24(%rip), %rax
	cmpq	$0, sret_bytes(%rip)
	je	1f
	movq	%rdi, hidden(%rip)
	leaq	object(%rip), %rdi
1:	call	*target(%rip)
	cmpq	$0, sret_bytes(%rip)
	je	2f
	movq	hidden(%rip), %rdi
	movq	%rdi, %rax
	leaq	object(%rip), %rsi
	movq	sret_bytes(%rip), %rcx
	rep movsb
2:	movq	%rbp, %rsp
	movq	kept_rbp(%rip), %rbp
	ret
	.size	through, . - through

	.bss
	.balign	4096
stack:	.skip	65536
	.skip	64
	.balign	4096
	.skip	4096
object:	.skip	16384 + 128
	.balign	8
target:	.skip	8
stack_bytes:
	.skip	8
sret_bytes:
	.skip	8
alignment:
	.skip	8
hidden:	.skip	8
kept_rbp:
	.skip	8
kept:	.skip	32
	.section .note.GNU-stack, "", @progbits
