#!/usr/bin/env bash
# C++ over the boundary of a compartment: exceptions both ways and through both, virtual calls,
# constructors, threads, cancellation. The host's build without compartments is the oracle.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments

"$hostcxx" -O2 -Wall -Wextra -Werror -pthread "$sources/cxx-main.cc" "$sources/cxx-lib.cc" -o host
./host >wanted
for source in cxx-main cxx-lib; do
	"$cxx" -O2 -Wall -Wextra -Werror -c "$sources/$source.cc" -o "$source.o"
done

same_output() {
	"$run" --timeout 100 --smp 2 "$@" ./program >got && diff wanted got
}

image() {
	"$cxx" cxx-main.o cxx-lib.o -Wl,--compartment=lib=cxx-lib.o "-Wl,--compartment-policy=$sources/cxx.policy" -o program 2>said &&
		same "" "$(cat said)"
}
holds "a C++ library in a compartment, and ld has nothing to say" image
holds "the same output as the host's" same_output
holds "and without protection" same_output --append ukl_compartments=off

summary
