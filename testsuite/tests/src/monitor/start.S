/*
 * A boot loader that stands for another monitor: QEMU enters it by its PVH note, in 32-bit mode without
 * paging, with the address of a hvm_start_info in %ebx. It goes on in 64-bit mode, where load.c runs.
 */
	.section .note.pvh, "a", @note
	.balign	4
	.long 4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	cld
	movl	$stack_end, %esp
	movl	$tables + 0x1003, tables
	movl	$tables + 0x2003, tables + 0x1000
	/* The first GiB, in pages of 2 MiB. */
	movl	$tables + 0x2000, %edi
	movl	$0x83, %eax
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	cmpl	$0x40000083, %eax
	jne	1b
	movl	$tables, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax	/* PAE */
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax	/* EFER.LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	lgdt	first_gdt
	ljmp	$8, $2f

	.code64
2:	movl	%ebx, %edi
	call	load
	/*
	 * load() has written page tables, GDT and IDT where that monitor has them and returned the
	 * kernel's entry. All registers but these are zero. (TR stays what it was: only a monitor can load it
	 * from 8 bytes, and the kernel loads its own.)
	 */
	movl	$0x9000, %ecx
	movq	%rcx, %cr3
	lgdt	monitor_gdt
	lidt	monitor_idt
	movl	$0x10, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %fs
	movl	%ecx, %gs
	movl	%ecx, %ss
	movl	$0x60000011, %ecx
	orl	$0x80000000, %ecx
	movq	%rcx, %cr0	/* PE, ET, NW, CD, PG */
	movl	$0x20, %ecx
	movq	%rcx, %cr4
	movl	$0x8ff0, %esp
	pushq	$2
	popfq
	pushq	%rax
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	movl	$0x8ff0, %ebp
	movl	$0x7000, %esi	/* the zero page */
	ret

	.data
	.balign	8
first_table:
	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff
first_gdt:
	.word	. - first_table - 1
	.quad	first_table
monitor_gdt:
	.word	31
	.quad	0x500
monitor_idt:
	.word	7
	.quad	0x520

	.bss
	.balign	4096
tables:	.skip	0x3000
	.skip	0x4000
stack_end:
	.section .note.GNU-stack, "", @progbits
