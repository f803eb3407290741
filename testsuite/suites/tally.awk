# awk -F '\t' -v files="FILE..." -v toolchain=ID -f tally.awk RESULTS
#
# RESULTS are "NAME<tab>RING3<tab>RING0" lines of the tests that these files have. Prints a line for each file, as they are kept in
# results/SUITE.done: FILE RUN RING3 RING0 UNSUPPORTED DIFFER ID, the numbers of tests that were run, passed in ring 3 and in
# ring 0, are not for this target, and differ; then NAME RING3 RING0 of each that did not pass on both sides; tabs between them.

function good(result) {
	return result ~ /^(PASS|XPASS|XFAIL)$/
}

BEGIN {
	n = split(files, file, " ")
	for (i = 1; i <= n; i++)
		known[file[i]]
}

{
	of = $1
	sub(/ .*/, "", of)
	if (!(of in known)) {
		printf "tally.awk: %s is of no file of the group\n", $1 >"/dev/stderr"
		wrong = 1
		next
	}
	if ($2 == $3 && $2 ~ /^(UNSUPPORTED|UNTESTED|UNRESOLVED)$/) {
		unsupported[of]++
		next
	}
	run[of]++
	ring3[of] += good($2)
	ring0[of] += good($3)
	differ[of] += $2 != $3
	if ($2 != $3 || !good($2))
		named[of] = named[of] "\t" $1 "\t" $2 "\t" $3
}

END {
	for (i = 1; i <= n; i++) {
		f = file[i]
		printf "%s\t%d\t%d\t%d\t%d\t%d\t%s%s\n", f, run[f], ring3[f], ring0[f], unsupported[f], differ[f], toolchain, named[f]
	}
	exit wrong
}
