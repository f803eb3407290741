#!/usr/bin/env bash
# Privileged instructions of the kernel's text as jump targets, with the kernel's key on: what a program gets by executing such
# an instruction itself, it does not get by a jump to the kernel's.
# needs: ukl_key_switch_to
# complaints on purpose
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src
boot() { timeout 120 "$run" --timeout 100 "$@"; }

for source in kernel-text kernel-privileged; do
	"$cc" -O2 -Wall -Wextra -Werror -I"$testsuite/lib" "$sources/$source.c" -o "$source"
done
# symbol IMAGE NAME
symbol() { "$tool-nm" "$1" | awk -v name="$2" '$3 == name { print $1 }'; }
text() {
	boot --append "ukl_key=$1" ./kernel-text "$(symbol kernel-text ukl_k__text)" "$(symbol kernel-text ukl_k__etext)" >"text-$1"
}
text on
text off
cut -d ' ' -f 1 text-on | sort | uniq -c | sed 's/^/# at any offset:/'

begin=$(symbol kernel-text ukl_key_priv_begin) end=$(symbol kernel-text ukl_key_priv_end)
elsewhere() {
	awk -v kind="$2" -v begin="$begin" -v end="$end" '$1 == kind && ($2 < begin || $2 >= end)' "$1"
}
# Not even by chance are there others.
for kind in wrmsr xsetbv mov-to-cr0 mov-to-cr3 mov-to-cr4; do
	holds "$kind: in one place only, and not within other instructions" same '' "$(elsewhere text-on "$kind")"
	holds "  without the key there are others: the test sees them" test -n "$(elsewhere text-off "$kind")"
done
# These have a place of the kernel's as their operand; others would have one of the program's.
tables() { awk '$1 == "lgdt-lidt"' "$1" | wc -l; }
holds "lgdt-lidt: one of each, and not within other instructions" same 2 "$(tables text-on)"
holds "  without the key there are others: the test sees them" test "$(tables text-off)" -gt 2
# What is by chance in one image's text of the kernel would not be in another's if its addresses were others.
for image in kernel-text kernel-privileged; do "$tool-objcopy" -O binary -j .kernel.text "$image" "$image.bytes"; done
others() { cmp -l kernel-text.bytes kernel-privileged.bytes | awk '$1 > last + 8 { n++ } { last = $1 } END { print n + 0 }'; }
printf '# places that differ in two images: %s\n' "$(others)"
# Lockdep has more of them.
! default_kernel || holds "the kernel's text is the same in each image, but for where the program ends" test "$(others)" -le 4

at() { symbol kernel-privileged "$1"; }
by_itself() {
	boot --append ukl_key=on ./kernel-privileged "$1" >boot.txt 2>&1 || true
	grep -aq "$2" boot.txt
}
# stops NAME ATTACK [step]: a jump there is the machine's end.
stops() {
	boot --verbose --append ukl_key=on ./kernel-privileged "$2" "$(at "$1")" "${@:3}" >boot.txt 2>&1 || true
	grep -aq 'ukl_key: a program has jumped to a privileged instruction' boot.txt && ! grep -aq 'came back\|read the' boot.txt
}
for attack in wrmsr xsetbv cr0 cr4; do
	by='came back'
	[[ $attack != cr4 ]] || by="read the kernel's memory"
	name=ukl_key_${attack/cr/write_cr}
	holds "$attack in a program: it goes on" by_itself "$attack" "$by"
	holds "$attack of the kernel: the machine stops" stops "$name" "$attack"
	[[ $attack == c* ]] || holds "  by a single step, too" stops "$name" "$attack" step
done

# No MOV to CR3 is in the text, where it could be jumped to: in its place is a call of what shows it for a moment.
survived() {
	[[ $# -gt 1 ]] && boot --append "ukl_key=$1" ./kernel-privileged no-cr3 "${@:2}" >boot.txt 2>&1 </dev/null &&
		grep -q "^survived $(($# - 1))\$" boot.txt
}
flush=$(awk -v begin="$(at native_flush_tlb_local)" '$1 == "mov-to-cr3" && $2 >= begin { print $2; exit }' text-off)
# At the beginnings of its instructions; within them there may be a short jump to one that stops the machine.
mapfile -t instructions < <("$tool-objdump" -d --no-show-raw-insn --disassemble=ukl_key_write_cr3 kernel-privileged |
	awk '/^ffffffff.*:\t/ { at = $1; sub(":.*", "", at); print at } /\tret/ { exit }')
holds "cr3 in a program: it goes on" by_itself cr3 'came back'
holds "cr3 of the kernel without the key: loads what the program wants" fails survived off "$flush"
holds "  with the key: does not" survived on "$flush"
holds "  nor does any instruction of the function that is called" survived on "${instructions[@]}"

holds "XRSTOR in a program opens the kernel's memory" by_itself xrstor "read the kernel's memory"
xrstors() {
	local at status tried=0
	while read -r at; do
		status=$(status_of boot --append ukl_key=on ./kernel-privileged xrstor "$at" 2>/dev/null </dev/null)
		printf '# %s: %s\n' "$at" "$status"
		! grep -q 'read the' stdout.txt && [[ $status == 132 || $status == 139 ]] || return 1
		tried=$((tried + 1))
	done < <(awk '$1 == "xrstor" || $1 == "xrstors" { print $2 }' text-on)
	[[ $tried -gt 5 ]]
}
holds "the kernel's does not: SIGILL or SIGSEGV" xrstors
holds "SWAPGS changes nothing" same 'still here' "$(boot --append ukl_key=on ./kernel-privileged swapgs)"
steps() {
	boot --verbose --append ukl_key=on ./kernel-privileged step "$(at __static_call_return0)" >boot.txt 2>&1 || true
	grep -aq 'came back' boot.txt && ! grep -a 'WARNING' boot.txt
}
holds "a single step in the kernel's text is the program's affair: no warning" steps

# Ports need no memory: what a device is told to write, no key stops. The launcher's machine has none that does.
"$cc" -O2 -Wall -Wextra -Werror "$sources/kernel-ports.c" -o kernel-ports
# shellcheck disable=SC2016 # expanded when it runs
printf '#!/bin/bash\nexec qemu-system-x86_64 "${@/fw_cfg_io.dma_enabled=off/fw_cfg_io.dma_enabled=on}"\n' >qemu-dma
chmod +x qemu-dma
holds "a device that is told by OUT to write to memory does so, if there is one" same QEMU \
	"$(UKL_QEMU=$PWD/qemu-dma boot --append ukl_key=on ./kernel-ports)"
holds "  in the launcher's machine there is none" same 'as i' "$(boot --append ukl_key=on ./kernel-ports)"

# What else could raise rights is of these kinds, which doc/design.md has a line about each.
kinds() { cut -d ' ' -f 1 text-on | sort -u | tr '\n' ' '; }
holds "no WRFSBASE, no WRGSBASE, and of the rest what is known" same \
	'lgdt-lidt lldt-ltr mov-to-cr0 mov-to-cr4 mov-to-dr swapgs sysret wrmsr wrpkru xrstor xrstors xsetbv ' "$(kinds)"

# A library that is not to reach the vault jumps to those that neither stop the machine (LTR with 0 is QEMU's end) nor the CPU, with the vault's rights and others.
for source in attack attack-lib attack-vault; do
	"$cc" -O2 -Wall -Wextra -Werror -I"$top/libukl_compartment" -c "$sources/compartments/$source.c" -o "$source.o"
done
printf '%s\n' 'compartment lib attack-lib.o' 'compartment vault attack-vault.o' 'trust vault trusted' >policy
"$cc" attack.o attack-lib.o attack-vault.o -Wl,--compartment-policy=policy -o attack
attack() {
	local targets
	# The kernel is at the same addresses in all images.
	mapfile -t targets < <(awk '/^(wrpkru|xrstors?|lgdt-lidt|mov-to-dr|sysret) / { print $2 }' text-on
		symbol attack ukl_rights_out)
	printf '# %d places\n' "${#targets[@]}"
	[[ ${#targets[@]} -gt 300 ]] || return 1
	boot ./attack kernel "${targets[@]}" >attacks.txt 2>&1 || true
	tail -n 3 attacks.txt
	grep -q 'the secret was not read' attacks.txt
}
holds "the kernel's WRPKRU, XRSTOR, LGDT, LIDT, MOV to DR and SYSRET give no compartment another's rights" attack

# The whole text with a stride; testsuite/fuzz/jumps without --step takes every byte.
jumps() {
	UKL_PREFIX=$prefix "$testsuite/fuzz/jumps" --folder "$PWD/jumps" "$@"
}
holds "a jump that comes back reads a secret in the kernel or in a vault, without key and compartments" jumps --control
holds "jumps all over the kernel's text: no oops, no secret read" jumps --step 6007

summary
