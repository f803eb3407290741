#!/usr/bin/env bash
# The patches stay small: what tools/count-patches counts, against the limits we keep.
# default kernel only: about its size and numbers
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$top/tools/count-patches" | tee counts

# at_most NAME COLUMN LIMIT: the columns are lines added, removed, in new files.
at_most() {
	awk -v name="$1" -v column="$2" -v limit="$3" '$1 == name { found = 1; over = $(column + 1) > limit }
		END { exit !found || over }' counts
}
changed_at_most() {
	awk -v name="$1" -v limit="$2" '$1 == name { found = 1; over = $2 + $3 > limit } END { exit !found || over }' counts
}
holds "Linux: fewer than 300 lines changed in existing files for programs in ring 0" changed_at_most ring-0 299
holds "Linux: for compartments" changed_at_most compartments 100
holds "Linux: for the kernel's key" changed_at_most kernel-key 160
holds "Linux: for page tables that the kernel only reads" changed_at_most page-tables 60
holds "Linux: for the entry area of each CPU" changed_at_most entry-area 20
holds "Linux: for a confined part" changed_at_most confined 10
holds "Linux: for credentials that it only reads" changed_at_most credentials 20
# UKL's base needed about 550, without compartments and a key.
holds "Linux: all together below the field's smallest" changed_at_most linux 549
holds "glibc: no existing line changed" changed_at_most glibc 0
holds "glibc: new files far below the 4,700 lines of others" at_most glibc 3 1000
holds "GCC: few existing lines changed" changed_at_most gcc 20
holds "GCC: the target, its options and the records, in a few hundred lines" at_most gcc 3 600
holds "binutils: few existing lines changed" changed_at_most binutils 20

summary
