#!/usr/bin/env bash
# A fixed selection of the suites of testsuite/conformance, system calls with hostile arguments, what the driver does with
# tests that hang, crash or bring the machine down, and how results are kept over many runs.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

conformance() {
	UKL_PREFIX=$prefix "$testsuite/conformance" "$@"
}

# --- many programs in one machine
# batch WORDS NAME BODY...: runs programs with these words for the kernel; "NAME STATUS;" of each in $statuses
batch() (
	# What suites/batch.inc expects of its caller.
	die() { echo "$*" && exit 1; }
	# shellcheck disable=SC2034
	work=$PWD suites=$testsuite/suites
	# shellcheck source=SCRIPTDIR/../suites/batch.inc
	. "$testsuite/suites/batch.inc"
	# shellcheck disable=SC2034
	batch_append=$1
	shift
	batch_prepare
	rm -rf queue list
	mkdir queue
	while [ $# -gt 0 ]; do
		echo "int main(void) { $2 }" >"$1.c"
		"$cc" -O2 -w "$1.c" -o "$1" && ./cut "$1" "queue/$1"
		printf '%s\t5\t%s\n' "$1" "$1.exe" >>list
		shift 2
	done
	batch_boot queue none 1 list ring0
)
statuses() {
	batch "$@" >batch.log 2>&1 || cat batch.log
	cut -f 1,2 queue/results.new | tr '\t\n' ' ;'
}
holds "exit statuses, a crash, a test that hangs, a panic, and the tests after it" \
	same "good 0;bad 7;crash 139;hang timeout;panic panic;after 0;" "$(statuses '' good 'puts("out"); return 0;' \
		bad 'return 7;' crash '*(volatile int *)8 = 1;' hang 'for (;;) pause();' \
		panic 'int fd = open("/proc/sysrq-trigger", 1); write(fd, "c", 1); sleep(9);' after 'return access("bad.exe", 0) == 0;')"
holds "a test's output" same out "$(cat queue/good.ring0)"
holds "the console of a panic" grep -q 'sysrq' queue/kept/panic.ring0.console
reads_kernel='return *(volatile char *)0xffff888000100000 & 0;'
holds "without the kernel's key" same "kernel 0;" "$(statuses ukl_key=off kernel "$reads_kernel")"
! kernel_has ukl_key_switch_to || holds "  and with it" same "kernel 139;" "$(statuses ukl_key=on kernel "$reads_kernel")"

# --- from results to a line for each file, and the table
{
	echo 'd/a.c run:PASS:PASS'
	echo 'd/a.c link:UNSUPPORTED:UNSUPPORTED'
	echo 'd/b.c -O0:PASS:FAIL'
	echo 'd/b.c -O2:PASS:PANIC'
	echo 'd/b.c -Os:FAIL:FAIL'
} | tr : '\t' >tests.results
tally() {
	awk -F '\t' -v toolchain=12345678 -f "$testsuite/suites/tally.awk" "$@"
}
tally -v files='d/a.c d/b.c d/none.c' tests.results >tests.tally
tr '\t' : <tests.tally >tests.shown
holds "a line for each of three files" diff tests.shown - <<'END'
d/a.c:1:1:1:1:0:12345678
d/b.c:3:2:0:0:2:12345678:d/b.c -O0:PASS:FAIL:d/b.c -O2:PASS:PANIC:d/b.c -Os:FAIL:FAIL
d/none.c:0:0:0:0:0:12345678
END
holds "a test of another file" fails tally -v files='d/a.c d/c.c' tests.results
printf '%s\n' '1:0:9' 2:139:9 3:77:9 | tr : '\t' >glibc.results
printf '%s\n' 1:pass:0:d/good 2:pass:0:d/crash 3:fail:77:d/not 4:pass:0:d/lost 5:pass:0:d/other | tr : '\t' >glibc.ring3
printf '%s\n' 'UKL-NO-IMAGE: this links in ring 3' 'make: *** [../Rules:238: /x/glibc-build/d/link] Error 1' >make.log
awk -F '\t' -v tests='d/good d/crash d/not d/lost d/link d/none' -f "$testsuite/suites/glibc-merge.awk" glibc.results glibc.ring3 make.log | tr '\t' : >merged
holds "glibc's tests: without a result, lost, another program, one that does not link" diff merged - <<'END'
d/good:PASS:PASS
d/crash:PASS:FAIL
d/not:UNSUPPORTED:UNSUPPORTED
d/lost:PASS:LOST
d/good d/other:PASS:LOST
d/link:LINKED:NOT-LINKED
d/none:UNTESTED:UNTESTED
END
printf '%s\n' 'suite: d/b.c -O0: it is so' 'suite: d/x*: x' 'other: d/b*: not this suite' >listed
awk -F '\t' -v suite=suite -v list=listed -v partial='' -f "$testsuite/suites/report.awk" tests.tally | tr -s ' ' >tests.report
holds "their table" diff tests.report - <<'END'
folder files run ring 3 ok ring 0 ok ring 0 no unsupported differ
d 3 4 3 1 3 1 2
all 3 4 3 1 3 1 2
on both sides: d/b.c -Os: FAIL
difference: d/b.c -O0: ring 3 PASS, ring 0 FAIL: it is so
unexplained: d/b.c -O2: ring 3 PASS, ring 0 PANIC
unexplained: ^d/x.*$ is listed in suites/differences, but does not differ
END

# --- the selection
if [ ! -f "$(awk '$1 == "gcc" && $3 == "deb" { print $4 }' "$top/sources.pin")" ] || ! command -v runtest >/dev/null; then
	[ "$(id -u)" = 0 ] || skip_all "gcc-12-source or dejagnu is not installed"
fi
# SUITE: the tests that were run
run_of() {
	awk '$1 == "all" { print $3 }' "$testsuite/build/suites/$1.some+key/report"
}
ran() {
	cat "$testsuite/build/suites/$suite.some+key/"*.results | grep -v 'UNSUPPORTED\|UNTESTED' | cut -f 1 | grep "$@" -e ' +key$' | sort
}
suite=gcc-torture
holds "$suite, without the kernel's key and with it" conformance --key --files "$testsuite/suites/selection/$suite" "$suite"
run=$(run_of $suite)
holds "$suite: all of them run" test "${run:-0}" -ge "$((2 * $(wc -l <"$testsuite/suites/selection/$suite")))"
holds "$suite: the same with the key" same "$(ran -v)" "$(ran -a | sed 's/ +key$//')"

# --- and results that are kept: of a file of the selection, of another and of one that there is no longer, by an earlier toolchain
export UKL_RESULTS=$PWD/results
suite=g++ selection=$testsuite/suites/selection/g++ kept=$UKL_RESULTS/g+++key.done
count=$(wc -l <"$selection")
first=$(head -n 1 "$selection")
other=$(conformance --list g++ | grep -vxFf "$selection" | sed -n 1p)
mkdir -p "$UKL_RESULTS"
printf '%s\t90\t90\t90\t0\t0\t0000aaaa\n' "$first" "$other" no-more.C | sed '1i # head' >"$kept"
column() { # FILE N: of its line
	awk -F '\t' -v name="$1" -v n="$2" '$1 == name { print $n }' "$kept"
}
holds "$suite: what is missing" conformance --key --record --missing --files "$selection" g++
run=$(run_of g++)
holds "that is run" test "${run:-0}" -ge $((count - 1))
holds "what was there stays" same "90 90 90" "$(column "$first" 2) $(column "$other" 2) $(column no-more.C 2)"
holds "what was run is added" same $((count + 2)) "$(grep -vc '^#' "$kept")"
holds "the table counts both, but not what the suite has no longer" same $((run + 180)) "$(awk '$1 == "all" { print $3 }' "$UKL_RESULTS/g+++key")"
now=$(awk -F '\t' '$7 != "0000aaaa" && !/^#/ { print $7; exit }' "$kept")
holds "and says what is of earlier toolchains" grep -qx \
	"# $((count + 1)) of the suite's [0-9]* files: $((count - 1)) with the toolchain $now, 2 with earlier ones" "$UKL_RESULTS/g+++key"
holds "what an earlier toolchain ran" conformance --key --record --earlier --files "$selection" g++
holds "only that is run" same "0001 $first" "$(cat "$testsuite/build/suites/g++.some+key/groups")"
holds "and replaced" same "$now 0000aaaa" "$(column "$first" 7) $(column "$other" 7)"
conformance --key --record --missing --files "$selection" g++ >nothing
holds "nothing is missing" grep -q 'has results of all these files' nothing
holds "and nothing is run" same "" "$(cat "$testsuite/build/suites/g++.some+key/groups")"
unset UKL_RESULTS

# --- system calls with hostile arguments
holds "no errno differs from ring 3, and the kernel does not complain" env UKL_PREFIX="$prefix" "$testsuite/fuzz/run" --ring0 1 150
holds "nor with the kernel's key" env UKL_PREFIX="$prefix" "$testsuite/fuzz/run" --ring0 --key 1 150

# --- usage
wrong() {
	fails conformance "${@:2}" 2>stderr.txt >stdout.txt && one_line stderr.txt "$1"
}
holds "a suite that there is not" wrong "no suite 'x'; the suites are: gcc-torture" x
holds "an option that there is not" wrong "unknown option '--x'" --x
holds "a list that there is not" wrong "no file 'none'" --files none gcc-torture
holds "no test matches" wrong "no test matches" --only 'no-such-*' gcc-torture

summary
