#!/usr/bin/env bash
# What a compartment is refused, how the report reads, and what ukl/compartment.h offers. Every
# refused access is first shown to succeed without protection.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments

for source in violations violations-lib violations-vault; do
	"$cc" -O2 -Wall -Wextra -Werror -c "$sources/$source.c" -o "$source.o"
done
holds "an untrusted library and a vault" "$cc" violations.o violations-lib.o violations-vault.o \
	"-Wl,--compartment-policy=$sources/violations.policy" -o program

# program STATUS PATTERN CASE RUN-OPTION...: exit status, and one line on standard error that matches.
program() {
	local status=$1 pattern=$2 what=$3
	shift 3
	same "$status" "$(status_of "$run" --timeout 60 "$@" ./program "$what")" || return
	if [[ -n $pattern ]]; then
		one_line stderr.txt "$pattern"
	else
		same "" "$(cat stderr.txt)"
	fi
}

unprotected() {
	local status
	status=$(status_of "$run" --timeout 60 --append ukl_compartments=off ./program "$1")
	[[ $status -lt 128 && ! -s stderr.txt ]]
}

# refused CASE PATTERN WHAT
refused() {
	holds "$3: works without protection" unprotected "$1"
	holds "$3: is refused" program 139 "^compartments: violation: $2" "$1"
}
# Compartment, right, address, whose memory, function, address of the instruction, the way in.
place='(\+0x[0-9a-f]+)? \(0x[0-9a-f]+\)'
of_main='0x[0-9a-f]+, memory of main: at'
refused read "lib may not read $of_main lib_read$place, entered by main through lib_read$" "reading main's data"
refused write "lib may not write $of_main lib_write$place, entered by main through lib_write$" "writing main's data"
refused heap "lib may not read $of_main lib_read$place, entered by main through lib_read$" "reading main's heap"
refused stack "lib may not read $of_main lib_read$place, entered by main through lib_read$" "reading main's stack"
refused inner "lib may not read $of_main inner_read$place, entered by main through lib_inner$" "a static function's reading"
refused libc "lib may not read $of_main [a-z_]*mem[a-z_0-9]+$place, entered by main through lib_copy$" "libc reading for it"
refused free "lib may not read $of_main [a-z_]+$place, entered by main through lib_free$" "freeing main's memory"
refused vault "main may not read 0x[0-9a-f]+, memory of vault: at run$place$" "reading a vault's data"
refused vault-heap "main may not read 0x[0-9a-f]+, memory of vault: at run$place$" "reading a vault's heap"
refused lib-vault "lib may not read 0x[0-9a-f]+, memory of vault: at lib_read$place, entered by main through lib_read$" \
	"reading a vault from another compartment"
holds "writing the gate header is refused" program 139 'lib may not write 0x[0-9a-f]+, memory of the runtime' header
holds "an overflowing stack is told" program 139 '^compartments: lib has used up its stack of 256 KiB: .*`stack lib SIZE' overflow
stripped() { "$tool-strip" -o stripped program && same 139 "$(status_of "$run" --timeout 60 ./stripped inner)" && grep -q 'at inner_read[+ ]' stderr.txt; }
holds "functions are named in a stripped image, too" stripped
holds "a failed check in a gate is told" program 132 '^compartments: a check in the gate of lib_add' middle

says() {
	local text=$1 pattern=$2 what=$3
	"$run" --timeout 60 ./program "$what" >got 2>errors || { cat got errors; return 1; }
	same "$text" "$(cat got)" || return
	if [[ -n $pattern ]]; then grep -E "$pattern" errors; else same "" "$(cat errors)"; fi
}
line="signal 11 code 4 key 1 address main_secret, handler in main"
holds "a SIGSEGV handler sees SEGV_PKUERR and leaves by siglongjmp, three times" \
	says "$line"$'\n'"$line"$'\n'"$line"$'\n'"end 0" "^compartments: violation: lib may not read" handler
holds "a handler of violations settles one" says \
	$'read 111\nseen 1 by lib owner main write 0 address 1 in lib_read\nend 0' '' settle
holds "or leaves it to the report" program 139 "^compartments: violation: lib may not read" give-up
holds "a page is granted and taken back" program 139 "^compartments: violation: lib may not read" grant
holds "and was readable in between" grep -q '^granted: g$' stdout.txt
holds "and is main's after it" grep -q '^still mine: granted$' stdout.txt
holds "the rest of ukl/compartment.h" says "$(cat "$sources/api.wanted")" '' api

holds "a CPU without protection keys: status 120 and one line" program 120 'no protection keys.*ukl_compartments=off' read --cpu max,-pku
holds "where a word on the command line runs it all the same" same 109 \
	"$(status_of "$run" --timeout 60 --cpu max,-pku --append ukl_compartments=off ./program read)"

summary
