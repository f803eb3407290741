#!/usr/bin/env bash
# testsuite/bench: the same digits on every run, calls that stay short, shortcuts that can be switched
# off, and the comparison with ring 3 where its kernel has been built before.
# default kernel only: counts its instructions
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

# All operations with the kernel's key: at most two WRPKRU and 20 instructions more per call.
bench --without ring3 --without process --key --costs >keyed || true
cat keyed
added_at_most() {
	awk -v name="$1" -v limit="$2" 'NF == 3 && $1 == name { found = 1; over = $3 - $2 > limit || $3 <= $2 } END { exit !found || over }' keyed
}
for operation in getppid:1 read-zero-1:1 write-null-1:1 fstat:1 open-close:2 pipe:2 eventfd:2; do
	calls=${operation#*:} operation=${operation%:*}
	holds "with the key: $operation, calls: $calls" added_at_most "$operation" $((20 * calls))
	holds "  and two WRPKRU each" grep -q "^  key .* wrpkru $((2 * calls))\.00" <(sed -n "/^$operation\$/,/^  key/p" keyed)
done

names=$("$testsuite/bench" --list | wc -l)
holds "--list names the operations" test "$names" -ge 24
holds "with the key: a line for each" same "$names" "$(awk 'NF == 3 && $3 ~ /^[0-9.]+$/' keyed | wc -l)"
unknown() { fails bench --without ring3 no-such-operation 2>stderr.txt && one_line stderr.txt "no operation 'no-such-operation'"; }
holds "an unknown operation" unknown

if "$top/toolchain-build.sh" --list | grep -q '^ring3_kernel *cached'; then
	bench --key --json --svg plot.svg getppid pipe >json
	holds "--json" python3 -c 'import json; d = json.load(open("json")); assert d["pipe"]["ring3"]["syscall"] == 2 and d["pipe"]["ring0"]["syscall"] == 0'
	holds "--svg" grep -q '</svg>' plot.svg
	holds "a ring-3 process on our kernel costs what it costs without our patches" python3 -c 'import json
for o in json.load(open("json")).values(): assert o["process"]["syscall"] == o["ring3"]["syscall"] and o["process"]["instructions"] <= 1.02 * o["ring3"]["instructions"]'
	holds "less than half of ring 3" python3 -c 'import json
for o in json.load(open("json")).values(): assert o["ring0"]["instructions"] < o["ring3"]["instructions"] / 2'
	holds "getppid with the key: at most a quarter of ring 3" python3 -c 'import json
o = json.load(open("json"))["getppid"]; assert o["key"]["instructions"] <= 0.25 * o["ring3"]["instructions"]'
	holds "  and a third by the cost model" python3 -c 'import json
o = json.load(open("json"))["getppid"]; assert o["key"]["estimated_cycles"] <= o["ring3"]["estimated_cycles"] / 3'
else
	echo 'ok - the comparison with ring 3 # SKIP its kernel is not built: ./toolchain-build.sh --extract ring3_kernel DIR'
fi

summary
