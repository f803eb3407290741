// SPDX-License-Identifier: GPL-2.0
/*
 * What QEMU's TCG emulates less well than other hypervisors.
 *
 * Timers: calibrating one with another fails on a busy host, where the machine may stand
 * still for milliseconds: "IO-APIC + timer doesn't work", "APIC timer disabled". What
 * TCG emulates is known. Code: it may run an instruction that is no longer in memory.
 */
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/cpuid.h>
#include <asm/ptrace.h>
#include <asm/special_insns.h>
#include <asm/text-patching.h>
#include <asm/io_apic.h>
#include <asm/timer.h>
#include <asm/tsc.h>
#include <asm/ukl.h>
#include <asm/ukl_key_insn.h>
#include <asm/x86_init.h>

/* QEMU hw/intc/apic.c counts nanoseconds. */
#define TCG_APIC_HZ	1000000000

/* tcg_tsc_khz=: TCG passes the host's counter on, under -icount it counts nanoseconds. */
static unsigned int tcg_tsc_khz __initdata;

static int __init parse_tcg_tsc_khz(char *arg)
{
	return kstrtouint(arg, 0, &tcg_tsc_khz);
}
early_param("tcg_tsc_khz", parse_tcg_tsc_khz);

static unsigned long __init tcg_calibrate(void)
{
	return tcg_tsc_khz ?: native_calibrate_cpu_early();
}

/* Past native_write_cr0(), which puts CR0.WP back. Interrupts are off. */
static __always_inline void tcg_write_cr0(unsigned long val)
{
	asm volatile(UKL_KEY_INSN("mov %0,%%cr0", "ukl_key_write_cr0") : UKL_KEY_REG (val) : : "memory");
}

/*
 * With several CPUs, TCG of QEMU 7.2 may still execute an int3 of text_poke_bp() that the
 * other CPU has replaced, and synchronized, before: it reads code to translate it before it watches
 * the page for writes (accel/tcg/translate-all.c, tb_gen_code() and tb_link_page()). Nobody then claims the trap; but the
 * instruction is there. TCG forgets what it made of it at the next store there, even of the same value.
 */
noinstr bool ukl_stale_int3(struct pt_regs *regs)
{
	u8 *insn = (u8 *)(regs->ip - INT3_INSN_SIZE);
	unsigned long cr0;
	u8 now;

	if (user_mode(regs))
		return false;
	now = *(volatile u8 *)insn;
	if (now == INT3_INSN_OPCODE)
		return false;
	cr0 = native_read_cr0();
	tcg_write_cr0(cr0 & ~X86_CR0_WP);
	/* A store in any case, and of nothing that another CPU does not want there. */
	asm volatile("lock cmpxchgb %b1, %0" : "+m" (*insn), "+a" (now) : : "cc", "memory");
	tcg_write_cr0(cr0);
	regs->ip -= INT3_INSN_SIZE;
	return true;
}

void __init ukl_tcg_setup(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR) || !hypervisor_cpuid_base("TCGTCGTCGTCG", 0))
		return;
	lapic_timer_period = TCG_APIC_HZ / HZ;
	no_timer_check = 1;
	x86_platform.calibrate_cpu = tcg_calibrate;
	x86_platform.calibrate_tsc = tcg_calibrate;
	/* It never stops and is one for all CPUs: no watchdog needed. */
	setup_force_cpu_cap(X86_FEATURE_TSC_RELIABLE);
}
