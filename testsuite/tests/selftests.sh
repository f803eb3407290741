#!/usr/bin/env bash
# Some of the kernel's own selftests in ring 0, case by case as in ring 3 on the kernel without our
# patches; those results are kept in results/selftests-ring3. testsuite/selftests runs all.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

selftests() {
	UKL_PREFIX=$prefix "$testsuite/selftests" "$@"
}

if [ ! -f "$(awk '$1 == "linux" && $3 == "deb" { print $4 }' "$top/sources.pin")" ] && [ "$(id -u)" != 0 ]; then
	skip_all "the kernel's source is not installed"
fi

# Short ones that cover what the fast path and its shortcuts touch.
chosen=(
	clone3/clone3
	core/close_range_test
)
selftests --ring0 "${chosen[@]}" >table
holds "no unexplained difference" test $? = 0

summary
