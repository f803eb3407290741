#!/usr/bin/env bash
# `enter' holds for pointers, too: a policy that lists what may be entered has to say of the other functions whose
# addresses are taken that they are kept inside. Such a pointer works in its own compartment, and elsewhere ends
# the program with a line that says why. So does one that no gate can be made for.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments

for source in entry entry-lib entry-other; do
	"$cc" -O2 -Wall -Wextra -Werror -c "$sources/$source.c" -o "$source.o"
done
# image NAME LINE...: with a policy of these lines.
image() {
	printf '%s\n' 'compartment lib entry-lib.o' 'compartment other entry-other.o' "${@:2}" >policy
	"$cc" entry.o entry-lib.o entry-other.o -Wl,--compartment-policy=policy -o "$1"
}
# undecided PATTERN LINE...: that is refused, in one line of ld's.
undecided() {
	! image undecided "${@:2}" 2>messages || return
	grep -v '^collect2: error: ld returned' messages >line
	one_line line "$1" && [[ ! -e undecided ]]
}
# refused IMAGE CASE PATTERN
refused() {
	same 132 "$(status_of "$run" --timeout 60 "./$1" "$2")" || return
	same "own 1054" "$(cat stdout.txt)" && one_line stderr.txt "^compartments: violation: $3\$"
}
# works IMAGE CASE OUTPUT OPTION...
works() {
	same 0 "$(status_of "$run" --timeout 60 "${@:4}" "./$1" "$2")" && same "own 1054"$'\n'"$3end" "$(cat stdout.txt)"
}

holds "what is neither listed nor kept" undecided \
	'compartment .lib. takes the address of .(constructor|hidden|variadic|compare). \(entry-lib\.o\), .* does not list: .* to .keep lib.' \
	'enter lib lib_* listed'
holds "one of them" undecided 'takes the address of .compare. \(entry-lib\.o\), which' 'enter lib lib_* listed' 'keep lib hidden vari* constructor'
holds "one that is listed and has no gate" undecided 'entry-lib\.o: takes the address of .variadic., which .enter lib. lists, .* it is variadic' 'enter lib *'
holds "a policy with a list" image listed 'enter lib lib_* listed' 'keep lib hidden variadic compare constructor'
why='whose address it got: the policy does not list it: add it to .enter lib.'
holds "a listed function" works listed listed $'listed 3\n'
holds "one that is not: by a pointer, refused" refused listed hidden "main may not enter lib by hidden, $why"
holds "without protection that works" works listed hidden $'hidden 42\n' --append ukl_compartments=off
holds "a variadic one that is not" refused listed variadic "main may not enter lib by variadic, $why"
holds "ukl_nogate" refused listed nogate "main may not enter lib by nogate, whose address it got: it is declared ukl_nogate"
holds "main runs constructors" works listed constructor ''
holds "others do not" refused listed other "other may not enter lib by constructor, whose address it got: only main may enter it, as the constructor that it is"

holds "a policy without a list" image all
holds "any function by a pointer" works all hidden $'hidden 42\n'
holds "a variadic one has no gate" refused all variadic \
	"main may not enter lib by variadic, whose address it got: it is variadic: add .function variadic args=BYTES., .* to the policy"
holds "a policy with its size" image sized 'function variadic args=8'
holds "calls it" works sized variadic $'variadic 5\n'
holds "that lists all" image all-listed 'enter lib *' 'keep lib variadic'
holds "any function by a pointer" works all-listed hidden $'hidden 42\n'

summary
