# awk -F '\t' -v suite=NAME -v list=DIFFERENCES -v partial=yes-or-nothing -f report.awk TALLY
#
# TALLY is what tally.awk prints, DIFFERENCES "SUITE: PATTERN: reason" lines. Prints a table, a line for each difference, and
# "unexplained: " lines. Listed in DIFFERENCES but not different is unexplained too, unless the run was partial.

function glob(text) {
	gsub(/[][\\.+^$(){}|]/, "\\\\&", text)
	gsub(/\*/, ".*", text)
	gsub(/\?/, ".", text)
	return "^" text "$"
}

# The folder of a file.
function folder(name) {
	if (!sub(/\/[^\/]*$/, "", name))
		name = "."
	return name
}

BEGIN {
	while ((getline text < list) > 0) {
		if (text ~ /^(#|$)/ || index(text, suite ": ") != 1)
			continue
		text = substr(text, length(suite) + 3)
		at = index(text, ": ")
		pattern[++patterns] = glob(substr(text, 1, at - 1))
		reason[patterns] = substr(text, at + 2)
	}
}

{
	where = folder($1)
	if (suite == "libstdc++")
		sub(/\/.*/, "", where)
	if (!(where in known)) {
		known[where]
		order[++folders] = where
	}
	files[where]++
	run[where] += $2
	passed3[where] += $3
	passed0[where] += $4
	unsupported[where] += $5
	differ[where] += $6
	for (i = 8; i < NF; i += 3)
		named($i, $(i + 1), $(i + 2))
}

# A test that did not pass on both sides.
function named(name, ring3, ring0,   i, plain) {
	if (ring3 == ring0) {
		both[++n_both] = name ": " ring3
		return
	}
	plain = name
	sub(/ \+key$/, "", plain)
	for (i = 1; i <= patterns; i++)
		if (plain ~ pattern[i])
			break
	if (i <= patterns) {
		shown[i] = 1
		explained[++n_explained] = sprintf("difference: %s: ring 3 %s, ring 0 %s: %s", name, ring3, ring0, reason[i])
	} else {
		unexplained[++n_unexplained] = sprintf("unexplained: %s: ring 3 %s, ring 0 %s", name, ring3, ring0)
	}
}

function row(name, files, run, passed3, passed0, failed0, unsupported, differ) {
	printf "%-40s %5s %7s %9s %9s %9s %11s %7s\n", name, files, run, passed3, passed0, failed0, unsupported, differ
}

END {
	row("folder", "files", "run", "ring 3 ok", "ring 0 ok", "ring 0 no", "unsupported", "differ")
	for (f = 1; f <= folders; f++) {
		w = order[f]
		row(w, files[w], run[w] + 0, passed3[w] + 0, passed0[w] + 0, run[w] - passed0[w], unsupported[w] + 0, differ[w] + 0)
		all_files += files[w]; all_run += run[w]; all3 += passed3[w]; all0 += passed0[w]; all_unsupported += unsupported[w]; all_differ += differ[w]
	}
	row("all", all_files + 0, all_run + 0, all3 + 0, all0 + 0, all_run - all0, all_unsupported + 0, all_differ + 0)
	for (i = 1; i <= n_both; i++)
		print "on both sides: " both[i]
	for (i = 1; i <= n_explained; i++)
		print explained[i]
	for (i = 1; i <= n_unexplained; i++)
		print unexplained[i]
	for (i = 1; i <= patterns && partial == ""; i++)
		if (!shown[i])
			printf "unexplained: %s is listed in suites/differences, but does not differ\n", pattern[i]
}
