#!/usr/bin/env bash
# The toolchain that was just built: a call with nothing to do returns at once.
# default kernel only: about the build
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

[[ -z ${UKL_PREFIX:-} ]] || skip_all "UKL_PREFIX names a toolchain of its own"

nothing_to_do() {
	local start=$EPOCHREALTIME
	"$top/toolchain-build.sh" && awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print "#", b - a, "s"; exit !(b - a < 5) }'
}
holds "nothing to do, within 5 seconds" nothing_to_do
# Of the others some may be, or only be in the cache.
others=$(awk -F '|' '$6 ~ /optional|library/ { sub(" *$", "", $1); printf "^%s |", $1 }' "$top/stages/graph")
holds "every stage is installed" fails grep -vE "${others}^kernel-|^STAGE | installed " <("$top/toolchain-build.sh" --list)

summary
