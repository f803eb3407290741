#!/usr/bin/env bash
# testsuite/bench: the same digits on every run, calls that stay short, shortcuts that can be switched
# off, and the comparison with ring 3 where its kernel has been built before.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

bench() {
	UKL_PREFIX=$prefix "$testsuite/bench" --without mitigated "$@"
}

operations=(getppid read-zero-1 pipe eventfd fstat signal-self)
bench --without ring3 --without process "${operations[@]}" >first || true
bench --without ring3 --without process "${operations[@]}" >second || true
cat first
holds "a line for each operation" same "$((${#operations[@]} + 1))" "$(wc -l <first)"
holds "the same digits on every run" cmp first second

# at_most OPERATION INSTRUCTIONS
at_most() {
	awk -v name="$1" -v limit="$2" '$1 == name { found = 1; over = $2 > limit } END { exit !found || over }' first
}
holds "getppid" at_most getppid 31
holds "read 1 byte of /dev/zero" at_most read-zero-1 195
holds "a byte through a pipe" at_most pipe 700
holds "eventfd" at_most eventfd 420
holds "fstat" at_most fstat 495

bench --without ring3 --without process --append ukl_off=all "${operations[@]}" >off || true
dearer() {
	awk -v name="$1" '$1 == name { count[++n] = $2 } END { exit !(n == 2 && count[1] > count[2]) }' off first
}
for operation in getppid read-zero-1 pipe eventfd fstat; do
	holds "ukl_off=all: $operation without its shortcut" dearer $operation
done

names=$("$testsuite/bench" --list | wc -l)
holds "--list names the operations" test "$names" -ge 24
unknown() { fails bench --without ring3 no-such-operation 2>stderr.txt && one_line stderr.txt "no operation 'no-such-operation'"; }
holds "an unknown operation" unknown

if "$top/toolchain-build.sh" --list | grep -q '^ring3_kernel *cached'; then
	bench --json --svg plot.svg getppid pipe >json
	holds "--json" python3 -c 'import json; d = json.load(open("json")); assert d["pipe"]["ring3"]["syscall"] == 2 and d["pipe"]["ring0"]["syscall"] == 0'
	holds "--svg" grep -q '</svg>' plot.svg
	holds "a ring-3 process on our kernel costs what it costs without our patches" python3 -c 'import json
for o in json.load(open("json")).values(): assert o["process"]["syscall"] == o["ring3"]["syscall"] and o["process"]["instructions"] <= 1.02 * o["ring3"]["instructions"]'
	holds "less than half of ring 3" python3 -c 'import json
for o in json.load(open("json")).values(): assert o["ring0"]["instructions"] < o["ring3"]["instructions"] / 2'
else
	echo 'ok - the comparison with ring 3 # SKIP its kernel is not built: ./toolchain-build.sh --extract ring3_kernel DIR'
fi

summary
