#!/usr/bin/env bash
# Everything that C does over the boundary of a compartment: the same sources, linked without
# compartments on the host, say what must come out.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments

# build NAME-OF-MAIN NAME-OF-LIBRARY LINK-OPTION...: host and image, objects compiled apart.
build() {
	local main=$1 library=$2 source
	shift 2
	"$hostcc" -O2 -Wall -Wextra -Werror -pthread "$sources/$main.c" "$sources/$library.c" -o "$main-host" || return
	for source in "$main" "$library"; do
		"$cc" -O2 -Wall -Wextra -Werror -c "$sources/$source.c" -o "$source.o" || return
	done
	"$cc" "$main.o" "$library.o" "$@" -o "$main"
}

# same_output PROGRAM RUN-OPTION...
same_output() {
	local program=$1
	shift
	"./$program-host" >wanted 2>/dev/null && "$run" --timeout 200 "$@" "./$program" >got && diff wanted got
}

holds "main and a library in a compartment" build main lib \
	-Wl,--compartment=lib=lib.o "-Wl,--compartment-policy=$sources/calls.policy"
holds "arguments, results, callbacks, jumps, fork and threads are as on the host" same_output main --smp 2
holds "and without protection" same_output main --append ukl_compartments=off
holds "without the line of the policy a variadic function is refused" fails "$cc" main.o lib.o -Wl,--compartment=lib=lib.o -o none
holds "and no file is left" test ! -e none

holds "signals and a library in a compartment" build signals signals-lib -Wl,--compartment=lib=signals-lib.o
holds "handlers on either side, nested, left by jumps, at any moment" same_output signals

holds "malloc and a library in a compartment" build memory memory-lib -Wl,--compartment=lib=memory-lib.o
holds "two heaps, threads, fork, memory freed by the other side" same_output memory --smp 2

summary
