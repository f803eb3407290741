#!/usr/bin/env bash
# A process with compartments and what comes of it executes no other program for ring 0 than the one that the linker has looked
# at: one of its own making could do everything.
# needs: ukl_key_switch_to
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 -Wall -Wextra -Werror -c "$testsuite/tests/src/compartments/execute.c" -o execute.o
echo 'int other(int x) { return x + 1; }' >other.c
"$cc" -O2 -c other.c
"$cc" execute.o other.o -Wl,--compartment=other=other.o -o execute
"$cc" execute.o other.o -o plain
executes() { timeout 120 "$run" --timeout 100 "${@:3}" "./$1" "$2" 2>&1 || true; }

for key in on off; do
	holds "ukl_key=$key: its own program" same $'executed\nexecuted' "$(executes execute self --append "ukl_key=$key")"
	for how in off cmdline; do
		holds "  but not without its compartments ($how)" \
			same $'compartments: ukl_compartments=off: not for an image that compartments have executed: leave it out\nstatus 120' \
			"$(executes execute "$how" --append "ukl_key=$key")"
	done
	holds "  a copy of it: EPERM" same '/tmp/copy: EPERM' "$(executes execute copy --append "ukl_key=$key")"
	holds "  by a shell in ring 3: not either" same 'status 126' "$(executes execute shell --append "ukl_key=$key" | tail -n 1)"
done
holds "compartments off: it may" same executed "$(executes execute off --append ukl_compartments=off)"
holds "without compartments: all of it" same executed "$(executes plain copy)"
holds "  by a shell, too" same $'executed\nstatus 0' "$(executes plain shell)"

# A MOV to GS of the kernel's with 0, and per-CPU data is at low addresses.
holds "no memory below the end of per-CPU data" same EPERM "$(executes execute map)"
holds "without compartments, whoever may use ports may have it" same mapped "$(executes plain map --append ukl_key=on)"

summary
