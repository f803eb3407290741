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
	grep -aq '^not read, \(ILL\|SEGV\|TRAP\)' said.txt && ! cat said.txt boot.err | grep -aE 'Oops|BUG:|Kernel panic'
}
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

# A handler on the #DB stack ends with the rights of who was interrupted, not with those that a forged r14 says.
"$cc" "${flags[@]}" -c "$testsuite/tests/src/compartments/forged.c" "$testsuite/tests/src/compartments/forged-lib.c"
"$cc" forged.o forged-lib.o -Wl,--compartment=lib=forged-lib.o -o rights
caller=$(instructions asm_exc_debug 'call .*<paranoid_entry>' | sed -n 1p)
caller=$(printf %x $((0x$caller + 5)))
rights() { boot --append ukl_key=on ./rights "$paranoid" "$caller" | tr -d '\r' | grep -a '^\(not \)\?read$\|^wrong$'; }
holds "the genuine caller, from a compartment: it has its own rights" same 'not read' "$(rights)"
holds "a signal's frame with the selector of 32-bit programs" not_read ukl_key=on selector
holds "the end of a call that leaves page tables open" not_read "ukl_key=on ukl_key_ro=on" out "$out"
holds "without the key a frame with that selector is an invalid opcode, too" not_read ukl_key=off selector

summary
