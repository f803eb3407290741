# Reads the output of one of the kernel's selftests; prints "RESULT<tab>CASE" lines, RESULT being
# pass, fail, skip or xfail. Variable status: its exit status, which is a case too.
#
# Understood are TAP and the styles that were there before it: [OK], [PASS] and the like in front
# of a text, or behind it. Numbers are taken out of names, unless they are a part of a word, since many
# are addresses or times; cases that then have the same name are counted.

function result(what, name) {
	gsub(/\033\[[0-9;]*m/, "", name)
	gsub(/0x[0-9a-fA-F]+|\(nil\)/, "N", name)
	name = " " name
	while (match(name, /[^A-Za-z0-9_][0-9]+/))
		name = substr(name, 1, RSTART) "N" substr(name, RSTART + RLENGTH)
	gsub(/[ \t]+/, " ", name)
	sub(/^ ?(- )?/, "", name)
	sub(/ $/, "", name)
	if (seen[name]++)
		name = name " (" seen[name] ")"
	print what "\t" name
	cases++
}

function class(word) {
	word = toupper(word)
	if (word ~ /^(OK|PASS|PASSED|SUCCESS)$/)
		return "pass"
	return word ~ /^SKIP/ ? "skip" : (word == "XFAIL" ? "xfail" : "fail")
}

{ sub(/\r$/, "") }
/^# kernel: / { complaints++; next }

# TAP; the number is not part of the name.
/^ *(not )?ok [0-9]+/ {
	what = /^ *not ok/ ? "fail" : "pass"
	name = $0
	if (match(name, / # ?(SKIP|XFAIL|TODO)/)) {
		what = (substr(name, RSTART, RLENGTH) ~ /SKIP/ ? "skip" : "xfail")
		name = substr(name, 1, RSTART - 1)
	}
	sub(/^ *(not )?ok [0-9]+/, "", name)
	sub(/ # .*/, "", name)
	result(what, name)
	next
}
# "[OK]    text"
match($0, /^(# )?\[ *(OK|PASS|FAIL|SKIP|XFAIL|FAILED|PASSED) *\]/) {
	word = substr($0, RSTART, RLENGTH)
	gsub(/[^A-Z]/, "", word)
	result(class(word), substr($0, RSTART + RLENGTH))
	next
}
# "PASS: text"
match($0, /^(OK|PASS|FAIL|SKIP|XFAIL|FAILED|PASSED): /) {
	result(class(substr($0, 1, RLENGTH - 2)), substr($0, RLENGTH))
	next
}
# "text: [OK]", "text PASSED"
match($0, /[ \t:.[](OK|PASS|FAIL|SKIPPED|SKIP|FAILED|PASSED|SUCCESS)[])]?[ \t]*$/) && !/^#/ {
	word = substr($0, RSTART, RLENGTH)
	gsub(/[^A-Z]/, "", word)
	result(class(word), substr($0, 1, RSTART - 1))
}

END {
	if (status == 0)
		result("pass", "exit status")
	else if (status == 4)
		result("skip", "exit status")
	else
		result("fail", "exit status")
	if (complaints)
		print "fail\tthe kernel's log is clean"
}
