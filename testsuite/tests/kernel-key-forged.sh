#!/usr/bin/env bash
# A program with frames of its own making on an interrupt's stack, which ring 0 can write, jumps to where entries open the kernel's
# key; and it has the kernel return with other selectors and rights than a program has. It reads nothing by that.
# needs: ukl_rights_now
# complaints on purpose
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

flags=(-O2 -Wall -Wextra -Werror -I"$testsuite/lib")
"$cc" "${flags[@]}" "$testsuite/tests/src/kernel-forged.c" -o forged
boot() { timeout 120 "$run" --verbose --timeout 100 "$@" 2>boot.err </dev/null; }
symbol() { "$tool-nm" forged | awk -v name="$1" '$3 == name { print $1; exit }'; }
# instructions FUNCTION PATTERN: their addresses
instructions() {
	"$tool-objdump" -d --no-show-raw-insn --start-address="0x$(symbol "$1")" --stop-address="$(printf '0x%x' $((0x$(symbol "$1") + 512)))" forged |
		awk -v pattern="$2" '$0 ~ pattern { sub(":", "", $1); print $1 }'
}
first() { instructions "$@" | sed -n 1p; }
# not_read OPTIONS ATTACK...: a signal instead, and no complaint of the kernel's
not_read() {
	boot --append "$1" ./forged "${@:2}" >said.txt || true
	grep -a 'read, ' said.txt
	grep -aq '^not read, \(ILL\|SEGV\|TRAP\)' said.txt && no_complaint
}
no_complaint() { ! cat said.txt boot.err | grep -aE 'Oops|BUG:|WARNING:|Corrupted|Kernel panic'; }
read_it() {
	boot --append "$1" ./forged "${@:2}" >said.txt || true
	grep -aq '^read, ' said.txt
}
paranoid=$(first ukl_key_paranoid '[[:space:]]wrpkru') error=$(first ukl_key_kernelspace '[[:space:]]wrpkru')
out=$(first ukl_key_out '[[:space:]]wrpkru')
away=$(first asm_exc_debug 'jmp .*<paranoid_exit>')
holds "the places are there" test -n "$paranoid" -a -n "$error" -a -n "$out" -a -n "$away"

holds "without the key a read succeeds: the test sees it" read_it ukl_key=off none
holds "with it: a signal" not_read ukl_key=on none
holds "an entry of #DB whose caller would be the kernel's last step of a return" \
	not_read ukl_key=on paranoid "$paranoid" "$(symbol restore_regs_and_return_to_kernel)"
holds "one whose caller would be the exit of another" not_read ukl_key=on error "$error" "$away"
for caller in "$(symbol restore_regs_and_return_to_kernel)" "$away" "$(symbol ukl_key_paranoid_open)" 0 8000000000000000; do
	holds "an entry of #DB, called from $caller" not_read ukl_key=on paranoid "$paranoid" "$caller"
	holds "an entry on the shared stack, called from $caller" not_read ukl_key=on error "$error" "$caller"
done

# A genuine NMI, which another CPU can send by SysRq, must not use the stack of a forged one. A forged one that is as the genuine
# one is handled, and ends where the program has no rights.
caller=$(instructions asm_exc_nmi 'call .*<paranoid_entry>' | sed -n 1p)
caller=$(printf %x $((0x$caller + 5)))
nmi() { not_read ukl_key=on nmi "$paranoid" "$caller" "$@" >/dev/null && grep -ao '^not read, [A-Z]*' said.txt; }
holds "an entry of an NMI as the genuine one: handled" same "not read, SEGV" "$(nmi 1 0)"
for word in 0 2 100000001; do
	holds "one that lets others use the stack ($word): refused" same "not read, ILL" "$(nmi "$word" 0)"
done
holds "one that is lower on it: refused" same "not read, ILL" "$(nmi 1 6)"

# Entries on the shared stack: where they call error_entry, with an error code of the program's and flags that no interrupt leaves.
place() { instructions "$1" 'call .*<error_entry>' | sed -n 1p; }
forged_fault() { not_read ukl_key=on fault "$(place "$1")" "$2" "$3" >/dev/null && grep -ao '^not read, [A-Z]*' said.txt; }
holds "a page fault as the CPU's: a signal" same "not read, SEGV" "$(forged_fault asm_exc_page_fault 4 2)"
while read -r flag bits; do
	holds "  with $flag set: refused" same "not read, ILL" "$(forged_fault asm_exc_page_fault 4 "$bits")"
done < <(printf '%s\n' 'DF 402' 'IF 202' 'NT 4002')
holds "one of a reserved bit in page tables: a signal" same "not read, SEGV" "$(forged_fault asm_exc_page_fault 8 2)"
holds "#NM without a reason: a signal" same "not read, SEGV" "$(forged_fault asm_exc_device_not_available ffffffffffffffff 2)"
holds "single steps on the stack of interrupts: a signal" not_read ukl_key=on step "$(symbol __se_sys_umask)"
stopped() { ! boot --append ukl_key=on ./forged "$@" >said.txt && cat said.txt boot.err | grep -a 'Kernel panic' | grep -aq 'in ring 3'; }
holds "one in the code of entries, which could be about to find a privileged instruction: the machine stops" stopped step "$(symbol asm_exc_debug)"
on_stack() { boot --smp 2 --append ukl_key=on ./forged stack >said.txt && grep -aq '^not read, \(ended\|SEGV\)' said.txt && no_complaint; }
holds "calls on it, with interrupts in the middle: no harm to the kernel" on_stack
holds "a breakpoint of the program's there, after a WRMSR of the kernel's: it stops" \
	stopped breakpoint "$(symbol ukl_key_wrmsr)" "$(symbol ukl_exc_page_fault)"
holds "a call of the kernel in ring 3: the machine stops, as its end is not known" stopped ring3

# A handler on the #DB stack ends with the rights of who was interrupted, not with those that a forged r14 says.
"$cc" "${flags[@]}" -c "$testsuite/tests/src/compartments/forged.c" "$testsuite/tests/src/compartments/forged-lib.c"
"$cc" forged.o forged-lib.o -Wl,--compartment=lib=forged-lib.o -o rights
caller=$(instructions asm_exc_debug 'call .*<paranoid_entry>' | sed -n 1p)
caller=$(printf %x $((0x$caller + 5)))
rights() { boot --append ukl_key=on ./rights "$paranoid" "$caller" | tr -d '\r' | grep -a '^\(not \)\?read$\|^wrong$'; }
holds "the genuine caller, from a compartment: it has its own rights" same 'not read' "$(rights)"
half=$(first ukl_sys_read '[[:space:]]wrpkru')
half_open() { boot --append "$1" ./rights "$half" | tr -d '\r' | grep -a '^[A-Z]*$\|^read$\|^not read$'; }
holds "a call with one of the kernel's keys closed, which would end at any fault: refused" same ILL "$(half_open ukl_key=on)"
holds "  without the kernel's key it is made" same read "$(half_open ukl_key=off)"
holds "a signal's frame with the selector of 32-bit programs" not_read ukl_key=on selector
holds "the end of a call that leaves page tables open" not_read "ukl_key=on ukl_key_ro=on" out "$out"
holds "without the key a frame with that selector is an invalid opcode, too" not_read ukl_key=off selector

summary
