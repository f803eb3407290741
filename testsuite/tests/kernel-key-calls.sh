#!/usr/bin/env bash
# What the kernel's key adds to a system call, counted by number of arguments: in an image with compartments, where rights are
# checked, too, and in one without.
# needs: ukl_key_switch_to
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$hostcc" -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden "$testsuite/benchmarks/count.c" -o count.so
# shellcheck disable=SC2016 # expanded when it runs
printf '#!/bin/sh\nexec qemu-system-x86_64 -plugin "$COUNT" "$@"\n' >qemu-count
chmod +x qemu-count

"$cc" -O2 -Wall -Wextra -Werror -c "$testsuite/tests/src/kernel-key-calls.c" -o calls.o
echo 'int other(int x) { return x; }' >other.c
"$cc" -O2 -c other.c
"$cc" calls.o other.o -o plain
"$cc" calls.o other.o -Wl,--compartment=other=other.o -o compartments

# counts IMAGE on|off: "NAME ARGUMENTS INSTRUCTIONS WRPKRU XRSTOR IRET", each for a call.
counts() {
	COUNT="file=$PWD/count.so,out=$PWD/counts" UKL_QEMU=$PWD/qemu-count timeout 200 "$run" --icount --timeout 180 \
		--append "ukl_key=$2" "./$1" >names
	paste -d ' ' names counts | awk '
		{
			split("", n)
			for (i = 3; i <= NF; i++) { split($i, pair, "="); n[pair[1]] = pair[2] }
			# The marker is an instruction, too; the loop is the same with and without the key. The round
			# with the fewest is one without an interrupt.
			line[$1] = $1 " " $2
			if ($1 in least && n["instructions"] >= least[$1])
				next
			least[$1] = n["instructions"]
			rest[$1] = n["wrpkru"] / 100 " " n["xrstor"] / 100 " " n["iret"] / 100
		}
		END { for (name in line) print line[name], least[name] / 100, rest[name] }' | sort >"$1-$2"
}
for image in plain compartments; do
	counts $image off
	counts $image on
	join <(cut -d ' ' -f 1-3 "$image-off") <(cut -d ' ' -f 1,3- "$image-on") |
		awk '{ print $1, $2, $3, $4, int($4 - $3 + 0.5), $5, $6, $7 }' | sort -k 2n >"$image"
	sed "s/^/# $image: /" "$image"
done

# added IMAGE LIMIT: by no call more instructions than that; WRPKRU and XRSTOR two together, IRET none.
added() {
	awk -v limit="$2" '{ n++; if ($5 > limit || $5 < 1 || $6 + $7 > 2 || $8 > 0) bad = 1 } END { exit bad || n != 10 }' "$1"
}
holds "at most 20 instructions added to any call" added plain 20
holds "with compartments, too" added compartments 20
# Of the 45.5 the loop of testsuite/bench has two more than this one.
quarter() { awk '$1 == "getppid" && $4 <= 43.5 { found = 1 } END { exit !found }' compartments; }
holds "getppid: at most a quarter of ring 3's 182" quarter

summary
