#!/usr/bin/env bash
# A library cannot have its code run as libc's or the runtime's, nor main's memory handed out, by what these keep of themselves.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

for source in internals internals-lib; do
	"$cc" -O2 -Wall -Wextra -Werror -I"$top/libukl_compartment" -c "$testsuite/tests/src/compartments/$source.c" -o "$source.o"
done
"$cc" -pthread internals.o internals-lib.o -Wl,--compartment=lib=internals-lib.o -o internals
internals() { timeout 120 "$run" --timeout 100 ./internals "$1" 2>&1 || true; }

holds "libc's signals keep its handlers, which work" same $'32: EPERM\n33: EPERM\nsetuid: 0\ncancelled' "$(internals signals)"
holds "main's handler of violations stays" same $'main: 0\nlib: EPERM' "$(internals violations)"
holds "a damaged heap gives no object of another's" same 'compartments: malloc: corrupted memory' "$(internals heap)"

# The word that the thread pointer points to is one that all can write: no address comes from there.
privileged() {
	"$tool-ar" t "$sysroot/usr/lib/libukl_compartment.a" >members
	mkdir -p objects && (cd objects && "$tool-ar" x "$sysroot/usr/lib/libukl_compartment.a")
	grep -c '^priv_' members
	for member in objects/priv_*.o objects/{stack,memory,frame,thread-area}.o; do "$tool-objdump" -d "$member"; done |
		grep -E '%fs:0x0($|,)' || true
}
holds "the privileged part takes no address from there" same 6 "$(privileged)"
foreign() { for member in objects/priv_*.o objects/{stack,memory,frame,thread-area}.o; do "$tool-nm" -u "$member"; done | grep -v ' \(_\|ukl_\)' || true; }
holds "  and calls nothing of libc's, whose variables all can write" same '' "$(foreign)"

summary
