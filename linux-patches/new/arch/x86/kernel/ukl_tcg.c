// SPDX-License-Identifier: GPL-2.0
/*
 * Timers under QEMU's TCG.
 *
 * Calibrating one timer with another fails on a busy host, where the machine may stand
 * still for milliseconds: "IO-APIC + timer doesn't work", "APIC timer disabled". What
 * TCG emulates is known, as it is for other hypervisors.
 */
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/cpuid.h>
#include <asm/ptrace.h>
#include <asm/text-patching.h>
#include <asm/io_apic.h>
#include <asm/timer.h>
#include <asm/tsc.h>
#include <asm/ukl.h>
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

/*
 * With several CPUs, TCG of QEMU 7.2 may still execute an int3 of text_poke_bp() that the
 * other CPU has replaced, and synchronized, before. Nobody then claims the trap; but the
 * instruction is there.
 */
noinstr bool ukl_stale_int3(struct pt_regs *regs)
{
	if (user_mode(regs) || *(u8 *)(regs->ip - INT3_INSN_SIZE) == INT3_INSN_OPCODE)
		return false;
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
