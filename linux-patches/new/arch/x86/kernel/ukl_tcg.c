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

#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/cpuid.h>
#include <asm/io_apic.h>
#include <asm/timer.h>
#include <asm/ukl.h>

/* QEMU hw/intc/apic.c counts nanoseconds. */
#define TCG_APIC_HZ	1000000000

void __init ukl_tcg_setup(void)
{
	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR) || !hypervisor_cpuid_base("TCGTCGTCGTCG", 0))
		return;
	lapic_timer_period = TCG_APIC_HZ / HZ;
	no_timer_check = 1;
	/* It never stops and is one for all CPUs: no watchdog needed. */
	setup_force_cpu_cap(X86_FEATURE_TSC_RELIABLE);
}
