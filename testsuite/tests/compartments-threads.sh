#!/usr/bin/env bash
# Threads of main and of a library are as on the host. And a thread that is being created is no way to rights: a hostile library with a thread of its own on another CPU changes the
# control blocks of new threads. What it makes them run has the rights of who created them, not those of the runtime.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments

for source in threads threads-lib; do
	"$cc" -O2 -Wall -Wextra -Werror -c "$sources/$source.c" -o "$source.o"
done
holds "threads and a library" "$cc" threads.o threads-lib.o -Wl,--compartment=lib=threads-lib.o -o threads
"$hostcc" -O2 -w -pthread "$sources/threads.c" "$sources/threads-lib.c" -o host
./host >wanted
as_on_host() {
	same 0 "$(status_of "$run" --timeout 120 "$@" ./threads)" && diff wanted stdout.txt
}
holds "attributes, late joins, fork" as_on_host --smp 2
holds "and without protection" as_on_host --append ukl_compartments=off

for source in thread-attack thread-attack-lib thread-attack-vault; do
	"$cc" -O2 -Wall -Wextra -Werror -I"$top/libukl_compartment" -c "$sources/$source.c" -o "$source.o"
done
printf '%s\n' 'compartment lib thread-attack-lib.o' 'compartment vault thread-attack-vault.o' 'trust vault trusted' >policy
holds "a library and a vault" "$cc" thread-attack.o thread-attack-lib.o thread-attack-vault.o -Wl,--compartment-policy=policy -o program

# ends STATUS LINE OPTION...: what the program says last.
ends() {
	same "$1" "$(status_of "$run" --timeout 120 --smp 2 "${@:3}" ./program)" && same "$2" "$(tail -n 1 stdout.txt)"
}
holds "without protection the secret is read" ends 1 'the secret was read' --append ukl_compartments=off
holds "with it, new threads give nothing away" ends 0 'the secret was not read'

summary
