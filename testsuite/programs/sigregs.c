/* A signal's delivery and sigreturn give back every register: general, flags, x87, vector. */
// test: cflags=-mno-red-zone
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
#include "check.h"

enum { GPRS = 15 };

static volatile sig_atomic_t ticks;

/* Spoils what a handler may spoil, and more. */
static void spoil(int signo)
{
	(void)signo;
	ticks++;
	__asm__ volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\tpxor %%xmm15, %%xmm15\n\t"
			 "fninit\n\tfldz\n\tstd\n\tcld\n\tstc"
			 : : : "xmm0", "xmm7", "xmm15", "cc", "st");
}

/* Fills all general registers but rsp, spins, and compares: 0 when nothing changed. */
static unsigned long spin_gprs(long turns)
{
	unsigned long wrong;

	__asm__ volatile(
		"push %%rbp\n\tpush %%rbx\n\tpush %1\n\t"
		"mov $0x1111111111111111, %%rax\n\tmov $0x2222222222222222, %%rbx\n\t"
		"mov $0x3333333333333333, %%rcx\n\tmov $0x4444444444444444, %%rdx\n\t"
		"mov $0x5555555555555555, %%rsi\n\tmov $0x6666666666666666, %%rdi\n\t"
		"mov $0x7777777777777777, %%rbp\n\tmov $0x0888888888888888, %%r8\n\t"
		"mov $0x0999999999999999, %%r9\n\tmov $0x0aaaaaaaaaaaaaaa, %%r10\n\t"
		"mov $0x0bbbbbbbbbbbbbbb, %%r11\n\tmov $0x0ccccccccccccccc, %%r12\n\t"
		"mov $0x0ddddddddddddddd, %%r13\n\tmov $0x0eeeeeeeeeeeeeee, %%r14\n\t"
		"mov $0x0fffffffffffffff, %%r15\n"
		"1:\tdecq (%%rsp)\n\tjnz 1b\n\t"
		/* The sum of all, with different shifts, in rax. */
		"rol $1, %%rbx\n\txor %%rbx, %%rax\n\trol $2, %%rcx\n\txor %%rcx, %%rax\n\t"
		"rol $3, %%rdx\n\txor %%rdx, %%rax\n\trol $4, %%rsi\n\txor %%rsi, %%rax\n\t"
		"rol $5, %%rdi\n\txor %%rdi, %%rax\n\trol $6, %%rbp\n\txor %%rbp, %%rax\n\t"
		"rol $7, %%r8\n\txor %%r8, %%rax\n\trol $8, %%r9\n\txor %%r9, %%rax\n\t"
		"rol $9, %%r10\n\txor %%r10, %%rax\n\trol $10, %%r11\n\txor %%r11, %%rax\n\t"
		"rol $11, %%r12\n\txor %%r12, %%rax\n\trol $12, %%r13\n\txor %%r13, %%rax\n\t"
		"rol $13, %%r14\n\txor %%r14, %%rax\n\trol $14, %%r15\n\txor %%r15, %%rax\n\t"
		"add $8, %%rsp\n\tpop %%rbx\n\tpop %%rbp\n\tmov %%rax, %0"
		: "=a"(wrong) : "a"(turns)
		: "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "cc", "memory");
	return wrong;
}

/* Keeps CF, ZF, DF and OF set through the loop (jrcxz and lea touch no flag). */
static unsigned long spin_flags(long turns)
{
	unsigned long flags;

	__asm__ volatile("pushf\n\torq $0xc41, (%%rsp)\n\tpopf\n"
			 "1:\tlea -1(%%rcx), %%rcx\n\tjrcxz 2f\n\tjmp 1b\n"
			 "2:\tpushf\n\tpop %0\n\tcld"
			 : "=r"(flags), "+c"(turns) : : "cc", "memory");
	return flags & 0xc41;
}

struct vectors {
	unsigned long xmm[16][2];
	unsigned mxcsr;
	double st0;
};

static void spin_vectors(const unsigned long in[16][2], struct vectors *out, long turns)
{
	unsigned mxcsr = 0x5f80, stock = 0x1f80;
	double pi = 3.25;

	__asm__ volatile(
		"ldmxcsr %3\n\tfldl %4\n\t"
		"movdqu (%1), %%xmm0\n\tmovdqu 16(%1), %%xmm1\n\tmovdqu 112(%1), %%xmm7\n\t"
		"movdqu 128(%1), %%xmm8\n\tmovdqu 240(%1), %%xmm15\n"
		"1:\tdec %0\n\tjnz 1b\n\t"
		"movdqu %%xmm0, (%2)\n\tmovdqu %%xmm1, 16(%2)\n\tmovdqu %%xmm7, 112(%2)\n\t"
		"movdqu %%xmm8, 128(%2)\n\tmovdqu %%xmm15, 240(%2)\n\t"
		"stmxcsr 256(%2)\n\tfstpl 264(%2)\n\tldmxcsr %5"
		: "+r"(turns) : "r"(in), "r"(out), "m"(mxcsr), "m"(pi), "m"(stock)
		: "xmm0", "xmm1", "xmm7", "xmm8", "xmm15", "st", "memory", "cc");
}

__attribute__((target("avx"))) static int spin_ymm(long turns)
{
	unsigned long in[4] = { 1, 2, 0x8000000000000003, 0xfedcba9876543210 }, out[4];

	__asm__ volatile("vmovdqu (%1), %%ymm3\n\tvmovdqu (%1), %%ymm12\n"
			 "1:\tdec %0\n\tjnz 1b\n\t"
			 "vpxor %%xmm4, %%xmm4, %%xmm4\n\tvmovdqu %%ymm3, (%2)\n\tvmovdqu %%ymm12, %%ymm5\n\t"
			 "vxorps %%ymm3, %%ymm5, %%ymm5\n\tvptest %%ymm5, %%ymm5\n\tjz 2f\n\tmovq $0, (%2)\n2:\tvzeroupper"
			 : "+r"(turns) : "r"(in), "r"(out) : "xmm3", "xmm4", "xmm5", "xmm12", "memory", "cc");
	return memcmp(in, out, sizeof(in)) == 0;
}

int main(void)
{
	struct sigaction action = { .sa_handler = spoil };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	unsigned long wanted = spin_gprs(1), flags_wanted = 0xc41;
	unsigned long in[16][2];
	struct vectors out;
	int gprs = 1, flags = 1, vectors = 1, ymm = 1;

	for (int i = 0; i < 16; i++) {
		in[i][0] = 0x0101010101010101UL * (unsigned long)(i + 1);
		in[i][1] = ~in[i][0];
	}
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	for (int round = 0; round < 40; round++) {
		gprs &= spin_gprs(1000000) == wanted;
		flags &= spin_flags(1000000) == flags_wanted;
		memset(&out, 0, sizeof(out));
		spin_vectors(in, &out, 1000000);
		vectors &= memcmp(out.xmm[0], in[0], 16) == 0 && memcmp(out.xmm[1], in[1], 16) == 0 &&
			   memcmp(out.xmm[7], in[7], 16) == 0 && memcmp(out.xmm[8], in[8], 16) == 0 &&
			   memcmp(out.xmm[15], in[15], 16) == 0 && out.mxcsr == 0x5f80 && out.st0 == 3.25;
		if (__builtin_cpu_supports("avx"))
			ymm &= spin_ymm(1000000);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	note("%d ticks", ticks);
	report(ticks > 20, "signals arrive while registers are compared");
	report(gprs, "general registers survive");
	report(flags, "CF, ZF, DF and OF survive");
	report(vectors, "xmm, MXCSR and the x87 stack survive");
	if (__builtin_cpu_supports("avx"))
		report(ymm, "ymm survives");
	else
		skip("ymm survives", "no AVX");
	return report_summary();
}
