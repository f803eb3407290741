#!/usr/bin/env bash
# A hostile library gets addresses of the kernel's and of stacks in the direct map. What it does with them succeeds without the
# kernel's key, though there are compartments, and is a signal with it.
# needs: ukl_key_switch_to
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

for source in objects race objects-lib; do
	"$cc" -O2 -Wall -Wextra -Werror -I"$testsuite/lib" -c "$testsuite/tests/src/compartments/$source.c" -o "$source.o"
done
# main() opens the kernel's key to find them.
"$cc" objects.o objects-lib.o -Wl,--compartment=lib=objects-lib.o,--no-compartment-verify -o objects
"$cc" -pthread race.o objects-lib.o -Wl,--compartment=lib=objects-lib.o -o race
symbol() { "$tool-nm" objects | awk -v name="$1" '$3 == name { print $1; exit }'; }

objects() {
	timeout 120 "$run" --timeout 100 --append "ukl_key=$1" ./objects "$(symbol ukl_k_pcpu_hot)" "$(symbol init_uts_ns)" \
		>"$1.txt" 2>"$1.err" || { cat "$1.err"; return 1; }
}
holds "without the key" objects off
holds "with it" objects on
cat off.txt on.txt
results() { printf '%s\n' "$1: $2"; }
while read -r what; do
	holds "$what: succeeds without" same "$(results "$what" succeeds)" "$(grep "^$what:" off.txt)"
	holds "  with the key: SIGSEGV" same "$(results "$what" SIGSEGV)" "$(grep "^$what:" on.txt)"
done < <(printf '%s\n' "its "{"page table",task_struct,"saved PKRU","kernel stack"}", "{read,write} \
	{"per-CPU memory","the kernel's data"}", "{read,write} \
	"its stack in the direct map, a "{fast\ call,full\ call,call\ by\ number})
holds "and no more" same 15 "$(wc -l <on.txt)"

# Another CPU writes to where the stack grows while calls are made: no number of a call is there.
race() { same 'changed 0 wrong 0' "$(timeout 320 "$run" --timeout 300 --smp 2 --append "ukl_key=$1" ./race | tee race.txt | grep -v '^#')"; }
holds "another CPU writes below a call's stack: the calls are what they were" race on
cat race.txt

summary
