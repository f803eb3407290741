#!/usr/bin/env bash
# How long gates are: a call with everything in registers, of each kind, in each direction between compartments.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

[[ -f $sysroot/usr/lib/libukl_compartment.a ]] || skip_all "no libukl_compartment.a in the prefix"

# What doc/compartments.md promises.
direct=70 pointer=78

# Every number of integer and of floating point arguments that registers hold, every kind of result.
declare -A type=([none]=void [int]=int [double]=double [wide]=__int128 [mixed]='struct mixed' [pair]='struct pair')
signatures() {
	local who=$1 what=$2 result n m
	for result in "${!type[@]}"; do
		for n in 0 1 2 3 4 5 6; do
			for m in 0 1 8; do
				"$what" "$who" "$result" "$n" "$m"
			done
		done
	done
}
arguments() {
	local list='' i
	for ((i = 0; i < $1; i++)); do list+=", long a$i"; done
	for ((i = 0; i < $2; i++)); do list+=", double f$i"; done
	list=${list#, }
	printf '%s' "${list:-void}"
}
define() {
	local body="return (${type[$2]}){ 0 };"
	[[ $2 != none ]] || body=
	printf '%s %s_%s_%d_%d(%s) { %s }\n' "${type[$2]}" "$1" "$2" "$3" "$4" "$(arguments "$3" "$4")" "$body"
}
# A call by name in calls_ and the address in table_ of whoever includes this.
declare_one() {
	printf '%s %s_%s_%d_%d(%s);\n' "${type[$2]}" "$1" "$2" "$3" "$4" "$(arguments "$3" "$4")"
}
call_one() {
	local i list=''
	for ((i = 0; i < $3 + $4; i++)); do list+=,1; done
	printf '%s_%s_%d_%d(%s);\n' "$1" "$2" "$3" "$4" "${list#,}"
}
address_one() {
	printf '(void *)%s_%s_%d_%d,\n' "$1" "$2" "$3" "$4"
}
# part NAME WHOM...: NAME.c defines its functions, calls those of each WHOM and takes their addresses
part() {
	local me=$1 whom
	shift
	{
		echo 'struct mixed { long a; double b; }; struct pair { double a, b; };'
		signatures "$me" define
		for whom; do signatures "$whom" declare_one; done
		for whom; do
			echo "void *${me}_table_${whom}[] = {" && signatures "$whom" address_one && echo '};'
			echo "void ${me}_calls_$whom(void) {" && signatures "$whom" call_one && echo '}'
		done
	} >"$me.c"
	"$cc" -O1 -w -c "$me.c"
}
compile() {
	part program cage vault && part cage program other && part other cage && part vault program &&
		"$cc" -O1 -xc -c -o start.o - <<-'END'
			void program_calls_cage(void), program_calls_vault(void), cage_calls_program(void), cage_calls_other(void),
				other_calls_cage(void), vault_calls_program(void);
			int main(void)
			{
				program_calls_cage();
				program_calls_vault();
				cage_calls_program();
				cage_calls_other();
				other_calls_cage();
				vault_calls_program();
				return 42;
			}
		END
}
printf '%s\n' 'compartment cage cage.o' 'compartment other other.o' 'compartment vault vault.o' 'trust vault trusted' >policy
links() {
	"$cc" start.o program.o cage.o other.o vault.o -Wl,--compartment-policy=policy -o image
}
holds "functions of all kinds" compile
holds "a program that calls them in all directions" links
holds "the calls return" same 42 "$(status_of "$run" --timeout 200 ./image)"

# The way through a gate is straight: from its first instruction to the first ret no jump is taken but in a pointer gate that
# leads to where it is called from, and all of them come before anything else.
"$tool-objdump" -d --no-show-raw-insn image | awk '
	/^[0-9a-f]+ <gate\./ { name = $2; gsub(/[<>:]/, "", name); n = wrpkru = 0; next }
	/^[0-9a-f]+ </ { name = "" }
	name != "" && /^ / {
		n++
		if ($2 == "wrpkru") wrpkru++
		if ($2 == "ret") { print name, n, wrpkru; name = "" }
	}' >lengths
per_direction() {
	awk -v kind="$1" '{ split($1, part, "."); callee = part[3]; sub(/_.*/, "", callee)
		if ((part[2] == "*") == (kind == "pointer")) { d = part[2] "->" callee; count[d]++
			if ($2 > most[d]) { most[d] = $2; which[d] = part[3] } } }
		END { for (d in most) print d, count[d], most[d], which[d] }' lengths | sort
}
echo "# direction, gates, longest:" && per_direction direct && per_direction pointer
all=$((${#type[@]} * 7 * 3))
ours='(program|cage|other|vault)_(none|int|double|wide|mixed|pair)_'
every_one() {
	same "$((6 * all)) $((4 * all))" "$(grep -Ec "^gate\.[a-z]+\.$ours" lengths) $(grep -Ec "^gate\.\*\.$ours" lengths)"
}
holds "there is a gate for each of them" every_one
four() { same '' "$(awk '$3 != 4' lengths)"; }
holds "each has four WRPKRU" four
within() { same '' "$(awk -v kind="$1" -v most="$2" '($1 ~ /^gate\.\*/) == (kind == "pointer") && $2 > most' lengths)"; }
holds "none takes more than $direct instructions, called by name" within direct $direct
holds "or $pointer through a pointer" within pointer $pointer

summary
