/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Part of rep_movs_alternative: 64 to 511 bytes (ukl_copy_below), with plain moves: "rep movsb" has a
 * cost to start with that pays for long copies only. A fault leaves the block for the loop
 * that copies bytes and finds the exact place.
 */
.Lukl_blocks:
	.irp at, 0, 8, 16, 24, 32, 40, 48, 56
0:	movq \at(%rsi),%rax
1:	movq %rax,\at(%rdi)
	_ASM_EXTABLE_UA( 0b, .Lcopy_user_tail)
	_ASM_EXTABLE_UA( 1b, .Lcopy_user_tail)
	.endr
	addq $64,%rsi
	addq $64,%rdi
	subq $64,%rcx
	cmpq $64,%rcx
	jae .Lukl_blocks
	cmp $8,%ecx
	jae .Lword
	testl %ecx,%ecx
	jne .Lcopy_user_tail
	RET
