#!/usr/bin/env bash
# With the kernel's key on, a program reaches the GDT, the TSS and the interrupt stacks of the CPU that it runs on, and no other
# CPU's; each CPU has page tables of its own for that, which stay equal in all else.
# needs: ukl_key_switch_to
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 -Wall -Wextra -Werror -pthread -I"$testsuite/lib" "$testsuite/tests/src/other-cpu.c" -o other-cpu
boot() { timeout 320 "$run" --timeout 300 --smp 2 "$@"; }

boot --append ukl_key=on ./other-cpu area >on.txt
boot --append ukl_key=off ./other-cpu area >off.txt
cat on.txt
# The same parts for each pair, in the process, a thread, a child and after exec.
parts() { sed -n "s/^[a-z]* $2: *//p" "$1" | sort | uniq -c | tr -s ' '; }
all=" 8 gdt tss ist1 ist2 ist3 ist4 ist6"
holds "without the key: all of the own CPU" same "$all" "$(parts off.txt own)"
holds "  and of the other" same "$all" "$(parts off.txt other)"
holds "with the key: all of the own CPU" same "$all" "$(parts on.txt own)"
holds "  and nothing of the other" same " 8 " "$(parts on.txt other)"

# The IDT is all that they share. The code is what loads CR3, each CPU's in its own tables only.
tables() { boot --append "$1" ./other-cpu tables | grep -v '^#'; }
alone=$'code 1\ncode 1\ncommon 1 writable 0 code 0'
holds "nothing that can be written is mapped for both" same "$alone" "$(tables ukl_key=on)"
holds "  with read-only page tables, too" same "$alone" "$(tables "ukl_key=on ukl_key_ro=on")"
holds "without the key there is: the test sees it" grep -q 'writable [1-9]' <(tables ukl_key=off)

for options in ukl_key=on "ukl_key=on ukl_key_ro=on"; do
	holds "$options: top-level entries come and go on both" same "wrong 0 0" "$(boot --append "$options" ./other-cpu churn 20)"
done

# A page for each process would be 4,000 KiB, in every machine; what the kernel keeps for later is up to 3,000 in some.
processes() {
	local failed lost try
	for try in 1 2 3; do
		read -r _ failed _ lost _ < <(boot --append ukl_key=on ./other-cpu processes 1000)
		printf '# machine %d: %s KiB lost\n' "$try" "$lost"
		[[ $failed == 0 ]] || return 1
		[[ $lost -ge 2000 ]] || return 0
	done
	return 1
}
holds "1,000 processes: no memory is lost" processes

summary
