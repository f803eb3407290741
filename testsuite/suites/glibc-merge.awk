# awk -F '\t' -f glibc-merge.awk RESULTS RING3 MAKE-LOG: "NAME<tab>RING3<tab>RING0" lines. RESULTS are "ID<tab>STATUS<tab>..." of ring 0,
# RING3 "ID<tab>pass-or-fail<tab>STATUS<tab>NAME". 0 is a pass and 77 means unsupported, for all of glibc's tests. What make
# says links in ring 3 only is a difference too.

function word(status) {
	if (status == "0")
		return "PASS"
	if (status == "77")
		return "UNSUPPORTED"
	if (status ~ /^[0-9]+$/)
		return "FAIL"
	return status == "" ? "LOST" : toupper(status)
}

FILENAME ~ /results$/ { status[$1] = $2; next }
FILENAME ~ /ring3$/ { printf "%s\t%s\t%s\n", $4, word($3), word(status[$1]); next }
/UKL-NO-IMAGE: / { no_image = 1; next }
/^make.*\*\*\* \[/ {
	if (no_image) {
		name = $0
		sub(/\].*/, "", name)
		sub(/.* /, "", name)
		sub(/.*glibc-build\//, "", name)
		printf "%s\tLINKED\tNOT-LINKED\n", name
	}
	no_image = 0
}
