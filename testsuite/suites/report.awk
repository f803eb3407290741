# awk -F '\t' -v suite=NAME -v list=DIFFERENCES -v partial=yes-or-nothing -f report.awk RESULTS
#
# RESULTS are "NAME<tab>RING3<tab>RING0" lines, DIFFERENCES "SUITE: PATTERN: reason". Prints a table, a line for each
# difference, and "unexplained: " lines. Listed in DIFFERENCES but not different is unexplained too, unless the run was partial.

function glob(text) {
	gsub(/[][\\.+^$(){}|]/, "\\\\&", text)
	gsub(/\*/, ".*", text)
	gsub(/\?/, ".", text)
	return "^" text "$"
}

function good(result) {
	return result ~ /^(PASS|XPASS|XFAIL)$/
}

# The folder of a test.
function folder(name) {
	sub(/ .*/, "", name)
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
	if ($2 == $3 && $2 ~ /^(UNSUPPORTED|UNTESTED|UNRESOLVED)$/) {
		unsupported[where]++
		next
	}
	run[where]++
	passed3[where] += good($2)
	passed0[where] += good($3)
	if ($2 == $3) {
		if (!good($2))
			both[++n_both] = $1 ": " $2
		next
	}
	differ[where]++
	for (i = 1; i <= patterns; i++)
		if ($1 ~ pattern[i])
			break
	if (i <= patterns) {
		shown[i] = 1
		explained[++n_explained] = sprintf("difference: %s: ring 3 %s, ring 0 %s: %s", $1, $2, $3, reason[i])
	} else {
		unexplained[++n_unexplained] = sprintf("unexplained: %s: ring 3 %s, ring 0 %s", $1, $2, $3)
	}
}

function row(name, run, passed3, passed0, failed0, unsupported, differ) {
	printf "%-40s %7s %9s %9s %9s %11s %7s\n", name, run, passed3, passed0, failed0, unsupported, differ
}

END {
	row("folder", "run", "ring 3 ok", "ring 0 ok", "ring 0 no", "unsupported", "differ")
	for (f = 1; f <= folders; f++) {
		w = order[f]
		row(w, run[w] + 0, passed3[w] + 0, passed0[w] + 0, run[w] - passed0[w], unsupported[w] + 0, differ[w] + 0)
		all_run += run[w]; all3 += passed3[w]; all0 += passed0[w]; all_unsupported += unsupported[w]; all_differ += differ[w]
	}
	row("all", all_run, all3, all0, all_run - all0, all_unsupported + 0, all_differ + 0)
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
