/* Vector state across preemption, migration, system calls and signals: four threads,
 * each with patterns of its own in all 16 ymm registers, on two processors. */
// test: cflags=-pthread libs=-lm smp=2
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

enum { THREADS = 4, ROUNDS = 150 };

static volatile sig_atomic_t ticks;
static int with_avx;

static void spoil(int signo)
{
	(void)signo;
	ticks++;
	if (with_avx)
		__asm__ volatile("vzeroall" : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
				 "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOAD(n) "vmovdqu " #n "*32(%2), %%ymm" #n "\n\t"
#define STORE(n) "vmovdqu %%ymm" #n ", " #n "*32(%3)\n\t"
#define XLOAD(n) "movdqu " #n "*32(%2), %%xmm" #n "\n\t"
#define XSTORE(n) "movdqu %%xmm" #n ", " #n "*32(%3)\n\t"
#define CLOBBERED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
	"xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "rcx", "r11", "memory", "cc"

/* The registers stay loaded while the loop spins and while sched_yield() sleeps. */
__attribute__((target("avx"))) static void hold_ymm(const void *in, void *out, long turns)
{
	long number = SYS_sched_yield;

	__asm__ volatile(EACH(LOAD) "1:\tdec %0\n\tjnz 1b\n\tsyscall\n\t" EACH(STORE) "vzeroupper"
			 : "+r"(turns), "+a"(number) : "r"(in), "r"(out) : CLOBBERED);
}

static void hold_xmm(const void *in, void *out, long turns)
{
	long number = SYS_sched_yield;

	__asm__ volatile(EACH(XLOAD) "1:\tdec %0\n\tjnz 1b\n\tsyscall\n\t" EACH(XSTORE)
			 : "+r"(turns), "+a"(number) : "r"(in), "r"(out) : CLOBBERED);
}

static void *spin(void *arg)
{
	unsigned char in[16][32], out[16][32];
	long wrong = 0, number = (long)arg;
	double sum = 0, wanted = 0;

	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 32; j++)
			in[i][j] = (unsigned char)(number * 64 + i * 4 + j);
	for (int round = 0; round < ROUNDS; round++) {
		memset(out, 0, sizeof(out));
		if (with_avx)
			hold_ymm(in, out, 200000);
		else
			hold_xmm(in, out, 200000);
		for (int i = 0; i < 16; i++)
			wrong += memcmp(in[i], out[i], with_avx ? 32 : 16) != 0;
		/* Not associative: any lost bit of the rounding mode or of a register shows. */
		sum = 0;
		for (int i = 1; i < 1000; i++)
			sum += sin((double)(i + number)) / (double)i;
		if (round == 0)
			wanted = sum;
		wrong += sum != wanted;
	}
	return (void *)wrong;
}

static long run_threads(void)
{
	pthread_t threads[THREADS];
	void *result;
	long wrong = 0;

	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, spin, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	return wrong;
}

int main(void)
{
	struct sigaction action = { .sa_handler = spoil, .sa_flags = SA_RESTART };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } }, off = { 0 };
	int status;
	long wrong;
	pid_t child;

	with_avx = __builtin_cpu_supports("avx");
	report(run_threads() == 0, "four threads keep their vector registers");
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &fast, NULL);
	/* A fast machine is done before enough signals have come. */
	for (wrong = 0; !wrong && ticks <= 50;)
		wrong = run_threads();
	report(wrong == 0, "also with 1 kHz signals whose handlers zero them");
	setitimer(ITIMER_REAL, &off, NULL);
	note("%d ticks, avx %d", ticks, with_avx);
	report(ticks > 50, "the signals arrived");

	child = fork();
	if (child == 0)
		_exit(run_threads() != 0);
	report(run_threads() == 0, "also beside a forked child that does the same");
	report(waitpid(child, &status, 0) == child && status == 0, "and the child keeps its own");
	return report_summary();
}
