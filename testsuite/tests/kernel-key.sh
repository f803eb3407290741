#!/usr/bin/env bash
# The kernel behind its own protection key: the parameter, CPUs without keys, ring-3 programs beside, and that
# what programs/key-access.c tries succeeds without the key.
# needs: ukl_key_switch_to
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

flags=(-O2 -Wall -Wextra -Werror -I"$testsuite/lib")
"$cc" "${flags[@]}" "$testsuite/programs/key-access.c" -o access

boot() {
	timeout 120 "$run" "$@"
}

boot --append ukl_key=on ./access >on.txt 2>&1
boot --append ukl_key=off ./access >off.txt 2>&1 || true
diff on.txt off.txt >difference || true
cat difference
succeeds() {
	grep -q "^not ok .*- $1\$" off.txt && grep -q "^ok .*- $1\$" on.txt
}
while read -r what; do
	holds "$what: stopped by the key, succeeds without" succeeds "$what"
done <<'END'
read of the kernel's text
read of the direct map
write to the direct map
string move in the direct map
push to the direct map
write to the direct map's free pages
read of a per-CPU variable
write to a per-CPU variable
END

# The same for the PKRU that programs/key-debugger.c gives a program.
"$cc" "${flags[@]}" "$testsuite/programs/key-debugger.c" -o debugger
boot --append ukl_key=off ./debugger >off.txt 2>&1 || true
holds "a debugger that opens all keys reads the kernel's memory without the key" \
	same 'not ok - all keys opened by a debugger, and a read' "$(grep '^not ok' off.txt)"

# A ring-3 program can open any key by itself: it must not get at the kernel by that.
mkdir -p share
cat >share/open.c <<'END'
int main(void)
{
	unsigned pkru = 0, zero = 0;
	__asm__ volatile("wrpkru" : : "a"(pkru), "c"(zero), "d"(zero));
	return *(volatile char *)0xffff888000100000 & 0;
}
END
"$cc" -O2 -mno-image share/open.c -o share/open
holds "a ring-3 program that opens all keys: SIGSEGV" same 139 \
	"$(status_of boot --append ukl_key=on --share "$PWD/share:/share" --exec /share/open ./access)"
holds "without the key, too" same 139 \
	"$(status_of boot --append ukl_key=off --share "$PWD/share:/share" --exec /share/open ./access)"

says() {
	local text=$1
	shift
	boot --verbose "$@" 2>&1 | tr -d '\r' >boot.txt || true
	same 1 "$(grep -c "$text" boot.txt)"
}
"$cc" -O2 "$testsuite/tests/src/hello.c" -o hello
holds "a CPU without keys: one line, and the image runs" says 'this CPU has no protection keys' \
	--append ukl_key=on --cpu max,pku=off ./hello
holds "it ran" grep -q -i hello boot.txt
holds "a wrong value: one line" says 'ukl_key=maybe: must be on or off' --append ukl_key=maybe ./hello

# Parameters of the kernel's own that contradict: one line each, and the image runs. Read later than the key is set up.
runs() { says "$@" && grep -q -i hello boot.txt; }
holds "nopku: one line, no key" runs 'nopku turns protection keys off' --append "ukl_key=on nopku" ./hello
holds "init_pkru with the kernel's key: one line" runs "key 15 is the kernel's, its bits are ignored" \
	--append "ukl_key=on init_pkru=0x95555554" ./hello
holds "init_pkru that closes key 0: one line" runs 'closes key 0, which all programs need; ignored' \
	--append "ukl_key=on init_pkru=0x55555557" ./hello
# What is left of it counts: key 1 is open at the start, 2 is not, and the kernel's two are closed.
cat >pkru.c <<'END'
#include <stdio.h>
int main(void)
{
	unsigned pkru, zero = 0, edx;
	__asm__ volatile("rdpkru" : "=a"(pkru), "=d"(edx) : "c"(zero));
	printf("%x\n", pkru);
	return 0;
}
END
"$cc" -O2 pkru.c -o pkru
holds "init_pkru's other bits: as given, but for the kernel's keys" same 75555550 "$(boot --append "ukl_key=on init_pkru=0x15555550" ./pkru)"

# On by itself where there are compartments.
cat >main.c <<'END'
int f(int);
int main(void)
{
	return f(*(volatile char *)0xffff888000100000 & 0);
}
END
echo 'int f(int x) { return x + 3; }' >lib.c
"$cc" -O2 -c main.c lib.c
"$cc" main.o lib.o -Wl,--compartment=lib=lib.o -o compartment
"$cc" main.o lib.o -Wl,--compartment=lib=lib.o,--defsym=__ukl_key=0 -o opened
"$cc" main.o lib.o -o plain
"$cc" main.o lib.o -Wl,--defsym=__ukl_key=1 -o closed
# The same without the forbidden access.
echo 'int f(int); int main(void) { return f(0); }' >innocent.c
"$cc" -O2 -c innocent.c
"$cc" innocent.o lib.o -Wl,--compartment=lib=lib.o -o innocent
holds "an image with compartments runs" same 3 "$(status_of boot ./innocent)"
holds "an image with compartments has the key by default" same 139 "$(status_of boot ./compartment)"
holds "the linker's --defsym=__ukl_key=0 takes it away" same 3 "$(status_of boot ./opened)"
holds "  and says so in one line" says 'ukl_key=off: this image has compartments' ./opened
holds "  ukl_key=on counts more" same 139 "$(status_of boot --append ukl_key=on ./opened)"
holds "an image without them does not have it" same 3 "$(status_of boot ./plain)"
holds "  but with --defsym=__ukl_key=1" same 139 "$(status_of boot ./closed)"
holds "  where ukl_key=off counts more" same 3 "$(status_of boot --append ukl_key=off ./closed)"
holds "ukl_key=off takes it away" same 3 "$(status_of boot --append ukl_key=off ./compartment)"
holds "  and says so in one line" says 'ukl_key=off: this image has compartments' --append ukl_key=off ./compartment
no_keys() {
	same 120 "$(status_of boot "$@" ./innocent)" && one_line stderr.txt 'compartments: this CPU has no protection keys'
}
holds "compartments on a CPU without keys: one line" no_keys --cpu max,pku=off
holds "compartments with nopku: one line" no_keys --append nopku

# Every WRPKRU in the running kernel's text, at any byte offset, is one of the entry code's, which have checks.
"$cc" -O2 -Wall -Wextra -Werror -I"$testsuite/lib" "$testsuite/tests/src/kernel-text.c" -o kernel-text
symbol() {
	"$tool-nm" kernel-text | awk -v name="$1" '$3 == name { print $1 }'
}
begin=$(symbol ukl_entry_begin) end=$(symbol ukl_k___entry_text_end)
text() {
	boot --append "ukl_key=$1" ./kernel-text "$(symbol ukl_k__text)" "$(symbol ukl_k__etext)"
}
outside() {
	awk -v begin="$begin" -v end="$end" '$1 == "wrpkru" && ($2 < begin || $2 >= end)' "$1"
}
text on >text-on
text off >text-off
cut -d ' ' -f 1 text-on | sort | uniq -c | sed 's/^/# at any offset:/'
holds "there are WRPKRUs" grep -q '^wrpkru' text-on
holds "all of them are in the entry code" same "" "$(outside text-on)"
holds "without the key there are others: the test sees them" test -n "$(outside text-off)"

# CLI in a program, or by a jump to the kernel's, and then a page fault.
cat >cli.c <<'END'
#include <stdlib.h>
int main(void)
{
	volatile char *memory = malloc(1 << 20);
	__asm__ volatile("cli");
	memory[500000] = 1;
	return 7;
}
END
"$cc" -O2 cli.c -o cli
cli() {
	local status=0
	boot --verbose --append ukl_key=on ./cli >boot.txt 2>&1 || status=$?
	same 7 "$status" && same 0 "$(grep -c WARNING boot.txt)"
}
holds "a page fault after CLI: no warning" cli

# Jumps into the kernel's text are the program's death, not the kernel's. A cli and hlt may be hit: that is a hang.
"$cc" -O2 -Wall -Wextra -Werror "$testsuite/tests/src/kernel-jump.c" -o kernel-jump
first=$("$tool-nm" kernel-jump | awk '$3 == "ukl_k__text" { print $1 }')
last=$("$tool-nm" kernel-jump | awk '$3 == "ukl_k__etext" { print $1 }')
jumps() {
	local seed status hangs=0 stops=0 survived=0
	for seed in 1 2 3 4; do
		[[ $survived -lt 2 ]] || break
		status=0
		boot --verbose --timeout 40 --append ukl_key=on ./kernel-jump "$seed" 100 "$first" "$last" >jumps.txt 2>&1 || status=$?
		grep '^signal\|^survived\|^exited' jumps.txt | tr '\n' ' ' || true
		if [[ $status == 124 ]]; then
			hangs=$((hangs + 1))
		elif grep -aq 'panic.*ukl_key: a program has jumped to a privileged' jumps.txt; then
			stops=$((stops + 1))
			continue
		elif ! grep -q '^survived 100' jumps.txt; then
			tail -n 30 jumps.txt
			return 1
		else
			survived=$((survived + 1))
		fi
		! grep -aE 'Oops|kernel BUG|Kernel panic|WARNING' jumps.txt || return 1
	done
	printf '# %d machines survived, %d hung, %d stopped at a privileged instruction\n' "$survived" "$hangs" "$stops"
	[[ $survived == 2 ]]
}
holds "200 random jumps into the kernel's text: no oops, no warning" jumps

summary
