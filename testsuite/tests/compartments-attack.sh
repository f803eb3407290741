#!/usr/bin/env bash
# A hostile library jumps into every byte of every gate, with registers and a stack of its choice, and looks whether
# it can read a vault's secret wherever that ends. First shown to succeed where nothing checks. Each byte is met by one of
# four choices of registers; with UKL_ATTACK=all in the environment by all four, which takes four times as long.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments

for source in attack attack-lib attack-vault; do
	"$cc" -O2 -Wall -Wextra -Werror -I"$top/libukl_compartment" -c "$sources/$source.c" -o "$source.o"
done
"$cc" -c "$sources/attack-stray.S" -o attack-stray.o
printf '%s\n' 'compartment lib attack-lib.o' 'compartment vault attack-vault.o' 'trust vault trusted' >policy
holds "a library and a vault" "$cc" attack.o attack-lib.o attack-vault.o -Wl,--compartment-policy=policy -o program
echo 'compartment lib attack-stray.o' >>policy
holds "with a WRPKRU that nothing checks" "$cc" attack.o attack-lib.o attack-vault.o attack-stray.o \
	-Wl,--compartment-policy=policy,--no-compartment-verify -o stray

# ends STATUS LINE IMAGE ARGUMENTS OPTION...: what the program says last.
ends() {
	local -a arguments
	read -ra arguments <<<"$4"
	same "$1" "$(status_of "$run" --timeout 900 "${@:5}" "./$3" "${arguments[@]}")" && same "$2" "$(tail -n 1 stdout.txt)"
}
holds "without protection the secret is read" ends 1 'the secret was read in attempt 0' program read --append ukl_compartments=off
holds "with it, it is not" ends 0 'the secret was not read' program read
# With the kernel's key on, the next page fault takes the rights back.
holds "a jump to the WRPKRU reads it" ends 1 'the secret was read in attempt 0' stray stray --append ukl_key=off
attempts() {
	local done_
	grep '^#' stdout.txt
	done_=$(sed -n 's/^# \([0-9]*\) attempts.*/\1/p' stdout.txt)
	[[ $done_ -gt 8000 ]] && [[ $(sed -n 's/.* \([0-9]*\) came back to it/\1/p' stdout.txt) -gt 20 ]]
}
choices=1
[[ ${UKL_ATTACK:-} != all ]] || choices=4
for ((choice = 0; choice < choices; choice++)); do
	holds "jumps into gates do not, choice $choice" ends 0 'the secret was not read' program "try $choice"
	holds "  thousands of them, some of which came back to it" attempts
done

# The runtime's ways to change rights: where the kernel starts signal handlers, and where rt_sigreturn is called.
targets() {
	"$tool-nm" program | awk '$3 ~ /^__ukl_(signal_entry|thread_clone|sigreturn|take_rights|switch)$/ { print $3, $1 }' >places
	[[ $(wc -l <places) == 5 ]] || { cat places; return 1; }
	# From the first of them the entry follows, which has no symbol, up to the second.
	awk '{ at[$1] = strtonum("0x" $2) } END {
		for (a = at["__ukl_signal_entry"]; a < at["__ukl_thread_clone"] + 64; a++) printf "%x ", a
		for (a = at["__ukl_sigreturn"]; a < at["__ukl_sigreturn"] + 32; a++) printf "%x ", a
		for (a = at["__ukl_take_rights"]; a < at["__ukl_take_rights"] + 96; a++) printf "%x ", a
		for (a = at["__ukl_switch"]; a < at["__ukl_switch"] + 512; a++) printf "%x ", a }' places >addresses
	[[ $(wc -w <addresses) -gt 700 ]]
}
holds "where the runtime changes rights" targets
holds "jumps there read no secret" ends 0 'the secret was not read' program "kernel $(cat addresses)"
tried() { grep '^#' stdout.txt; [[ $(sed -n 's/^# \([0-9]*\) attempts.*/\1/p' stdout.txt) == $((4 * $(wc -w <addresses))) ]]; }
holds "  with four choices of registers each" tried

summary
