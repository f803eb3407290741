#!/usr/bin/env bash
# A fixed selection of the suites of testsuite/conformance, system calls with hostile arguments, and what the driver does with
# tests that hang, crash or bring the machine down.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

conformance() {
	UKL_PREFIX=$prefix "$testsuite/conformance" "$@"
}

# --- many programs in one machine
programs() {
	local name
	mkdir -p queue
	for name in good bad crash hang panic after; do
		echo "int main(void) { $1 }" >"$name.c"
		shift
		"$cc" -O2 -w "$name.c" -o "$name" && ./cut "$name" "queue/$name"
		printf '%s\t5\t%s\n' "$name" "$name.exe" >>list
	done
}
batch() {
	# What suites/batch.inc expects of its caller.
	die() { echo "$*" && exit 1; }
	# shellcheck disable=SC2034
	work=$PWD suites=$testsuite/suites
	# shellcheck source=SCRIPTDIR/../suites/batch.inc
	. "$testsuite/suites/batch.inc"
	batch_prepare
	programs 'puts("out"); return 0;' 'return 7;' '*(volatile int *)8 = 1;' 'for (;;) pause();' \
		'int fd = open("/proc/sysrq-trigger", 1); write(fd, "c", 1); sleep(9);' 'return access("bad.exe", 0) == 0;'
	batch_boot queue none 1 list ring0
}
(batch) >batch.log 2>&1 || cat batch.log
cut -f 1,2 queue/results.new | tr '\t\n' ' ;' >statuses
holds "exit statuses, a crash, a test that hangs, a panic, and the tests after it" \
	same "good 0;bad 7;crash 139;hang timeout;panic panic;after 0;" "$(cat statuses)"
holds "a test's output" same out "$(cat queue/good.ring0)"
holds "the console of a panic" grep -q 'sysrq' queue/kept/panic.ring0.console

# --- the selection
if [ ! -f "$(awk '$1 == "gcc" && $3 == "deb" { print $4 }' "$top/sources.pin")" ] || ! command -v runtest >/dev/null; then
	[ "$(id -u)" = 0 ] || skip_all "gcc-12-source or dejagnu is not installed"
fi
for suite in gcc-torture g++; do
	holds "$suite" conformance --files "$testsuite/suites/selection/$suite" "$suite"
	run=$(awk '$1 == "all" { print $2 }' "$testsuite/build/suites/$suite.some/report")
	holds "$suite: all of them run" test "${run:-0}" -ge "$(wc -l <"$testsuite/suites/selection/$suite")"
done

# --- system calls with hostile arguments
holds "no errno differs from ring 3, and the kernel does not complain" env UKL_PREFIX="$prefix" "$testsuite/fuzz/run" --ring0 1 150

# --- usage
wrong() {
	fails conformance "${@:2}" 2>stderr.txt >stdout.txt && one_line stderr.txt "$1"
}
holds "a suite that there is not" wrong "no suite 'x'; the suites are: gcc-torture" x
holds "an option that there is not" wrong "unknown option '--x'" --x
holds "a list that there is not" wrong "no file 'none'" --files none gcc-torture
holds "no test matches" wrong "no test matches" --only 'no-such-*' gcc-torture

summary
