/* A hostile library: what is noted of a thread's rights is in memory that a child of vfork() could share. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "vfork.h"

#define WRONG 8ul	/* no address of anything */

struct kernel_action {
	uint64_t handler, flags, restorer, mask;
};

/*
 * By the instruction, as libc's vfork() uses the stack, which the vault's rights do not open. The parent says what it has read by its exit
 * status, and needs no memory for that.
 */
int lib_attack(const volatile unsigned long *secret)
{
	static const struct kernel_action die;

	__asm__ volatile("mov %[vfork], %%eax\n\tsyscall\n\ttest %%eax, %%eax\n\tjz 1f\n\t"
			 "xor %%edi, %%edi\n\tcmp (%[secret]), %[known]\n\tsete %%dil\n\tmov %[exit], %%eax\n\tsyscall\n"
			 "1:"
			 : : [vfork] "i"(SYS_vfork), [exit] "i"(SYS_exit_group), [secret] "r"(secret), [known] "r"(SECRET)
			 : "rax", "rcx", "rdi", "r11", "memory", "cc");
	/* The child. By number, as the runtime's handler would report it. */
	syscall(SYS_rt_sigaction, SIGSEGV, &die, NULL, 8);
	vault_first((const char *)WRONG);
	_exit(2);
}
