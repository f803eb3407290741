# awk -F '\t' -v tests="NAME..." -f glibc-merge.awk RESULTS RING3 MAKE-LOG: "NAME<tab>RING3<tab>RING0" lines. RESULTS are
# "ID<tab>STATUS<tab>..." of ring 0, RING3 "ID<tab>pass-or-fail<tab>STATUS<tab>NAME". 0 is a pass and 77 means unsupported, for all of
# glibc's tests. What make says links in ring 3 only is a difference too. A program that is none of the tests, but was run for
# them, is counted with the first.

function word(status) {
	if (status == "0")
		return "PASS"
	if (status == "77")
		return "UNSUPPORTED"
	if (status ~ /^[0-9]+$/)
		return "FAIL"
	return status == "" ? "LOST" : toupper(status)
}

function result(name, ring3, ring0) {
	has[name]
	printf "%s\t%s\t%s\n", (name in is_test ? name : test[1] " " name), ring3, ring0
}

BEGIN {
	n = split(tests, test, " ")
	for (i = 1; i <= n; i++)
		is_test[test[i]]
}

FILENAME ~ /results$/ { status[$1] = $2; next }
FILENAME ~ /ring3$/ { result($4, word($3), word(status[$1])); next }
/UKL-NO-IMAGE: / { no_image = 1; next }
/^make.*\*\*\* \[/ {
	if (no_image) {
		name = $0
		sub(/\].*/, "", name)
		sub(/.* /, "", name)
		sub(/.*glibc-build\//, "", name)
		result(name, "LINKED", "NOT-LINKED")
	}
	no_image = 0
}

# What does not build for either side, wants shared libraries, a container or what else a static program on one machine has not.
END {
	for (i = 1; i <= n; i++)
		if (!(test[i] in has))
			result(test[i], "UNTESTED", "UNTESTED")
}
