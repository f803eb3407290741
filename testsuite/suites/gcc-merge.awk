# awk -F '\t' -v queue=FOLDER -f gcc-merge.awk DEJAGNU-LOG: "NAME<tab>RING3<tab>RING0" lines.
#
# FOLDER/results are "ID<tab>STATUS<tab>..." lines, FOLDER/ring3 "ID<tab>pass" or "fail". In the log, DejaGnu's
# result is that of ring 3 on the host, and the line "UKL-QUEUED ID" before it says which program of the batch it
# belongs to. Where ring 3 was repeated in a machine, that result counts.

BEGIN {
	while ((getline < (queue "/results")) > 0)
		status[$1] = $2
	while ((getline < (queue "/ring3")) > 0)
		ring3[$1] = $2
}

function emit(name, ring3, ring0) {
	gsub(/[[:space:]]+/, " ", name)
	sub(/ $/, "", name)
	printf "%s\t%s\t%s\n", name, ring3, ring0
}

# What DejaGnu would have said about ring 0: the opposite, if the exit status were the opposite.
function inverted(result) {
	return result == "PASS" ? "FAIL" : result == "FAIL" ? "PASS" : result == "XPASS" ? "XFAIL" : "XPASS"
}

function same_output(id,   command) {
	command = "cmp -s " queue "/" id ".ring3 " queue "/" id ".ring0"
	return system(command) == 0
}

/^UKL-QUEUED / { split($0, word, " "); ids = ids " " word[2]; next }
/^UKL-NOT-QUEUED / { not_queued = 1; next }
/UKL-NO-IMAGE: / { no_image = 1; next }

/^(PASS|FAIL|XFAIL|XPASS|UNSUPPORTED|UNRESOLVED|UNTESTED): / {
	result = $0
	sub(/:.*/, "", result)
	name = $0
	sub(/^[A-Z]*: /, "", name)
	if (result == "UNSUPPORTED" || result == "UNTESTED") {
		emit(name, result, result)
	} else if (ids != "") {
		n = split(ids, id, " ")
		bad = ""
		failed0 = failed3 = 0
		for (i = 1; i <= n; i++) {
			if (status[id[i]] !~ /^[0-9]+$/)
				bad = status[id[i]] == "" ? "LOST" : toupper(status[id[i]])
			failed0 = failed0 || status[id[i]] != "0"
			failed3 = failed3 || ring3[id[i]] != "pass"
		}
		emit(name, result, bad != "" ? bad : failed0 == failed3 ? result : inverted(result))
		last = ids
		ids = ""
	} else if (last != "" && name ~ /output pattern test/) {
		n = split(last, id, " ")
		emit(name, result, same_output(id[n]) ? result : "OUTPUT")
	} else if (result == "UNRESOLVED" && no_image) {
		emit(name, "LINKED", "NOT-LINKED")
	} else if (not_queued && name ~ /execution/) {
		emit(name, result, "NOT-QUEUED")
	}
	if (name !~ /excess errors|compilation/)
		no_image = not_queued = 0
}
