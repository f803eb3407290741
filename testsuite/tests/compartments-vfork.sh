#!/usr/bin/env bash
# A child of vfork() that dies in another compartment leaves its parent no rights of that: it has memory of its own.
# needs: ukl_key_switch_to
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

for source in vfork vfork-lib vfork-vault; do
	"$cc" -O2 -Wall -Wextra -Werror -c "$testsuite/tests/src/compartments/$source.c" -o "$source.o"
done
printf '%s\n' 'compartment lib vfork-lib.o' 'compartment vault vfork-vault.o' >policy
"$cc" vfork.o vfork-lib.o vfork-vault.o -Wl,--compartment-policy=policy -o attack
attack() { timeout 120 "$run" --timeout 100 --append "$1" ./attack 2>report.txt; }

holds "without compartments the secret is read: the test sees it" same read "$(attack ukl_compartments=off)"
for key in on off; do
	holds "ukl_key=$key: it is not" same "not read" "$(attack "ukl_key=$key")"
	holds "  but reported" grep -q 'lib may not read .*, memory of vault: at lib_attack' report.txt
done

summary
