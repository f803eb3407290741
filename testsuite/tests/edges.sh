#!/usr/bin/env bash
# All ways into and out of the kernel at once, through gates (src/compartments/edges.c), on two processors
# that get NMIs meanwhile, with the kernel's key and without. EDGES_SECONDS is how long each takes (4).
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

sources=$testsuite/tests/src/compartments
seconds=${EDGES_SECONDS:-4}
flags=(-O2 -Wall -Wextra -Werror "-I$testsuite/lib")

"$hostcc" "${flags[@]}" "$sources/edges.c" "$sources/edges-lib.c" -o host -pthread
for source in edges edges-lib; do
	"$cc" "${flags[@]}" -c "$sources/$source.c" -o "$source.o"
done
"$cc" edges.o edges-lib.o -Wl,--compartment=lib=edges-lib.o -o edges

timeout 120 ./host 1 >host.txt
holds "on the host all parts are right" fails grep '^not ok' host.txt

# QEMU takes commands from monitor.in; `nmi' is one.
printf '#!/bin/sh\nexec %q -monitor pipe:%q "$@"\n' "${UKL_QEMU:-qemu-system-x86_64}" "$PWD/monitor" >qemu
chmod +x qemu

# nmis: until the machine ends, which closes the pipe's other end
nmis() {
	trap '' PIPE
	exec >monitor.in
	while sleep 0.02 && echo nmi; do :; done 2>/dev/null
}

# edges KEY: output in target.txt, the kernel's console in console.txt
edges() {
	local status=0 drain nmi
	rm -f monitor.in monitor.out
	mkfifo monitor.in monitor.out
	cat monitor.out >/dev/null &
	drain=$!
	nmis &
	nmi=$!
	UKL_QEMU=$PWD/qemu timeout $((120 + 10 * seconds)) "$run" --smp 2 --timeout $((90 + 10 * seconds)) --verbose \
		--append "ukl_key=$1" ./edges "$seconds" >target.txt 2>console.txt || status=$?
	kill "$drain" "$nmi" 2>/dev/null || true
	cat target.txt
	same 0 $status
}
# All results are the host's.
as_on_the_host() {
	diff <(grep -v '^#' host.txt) <(grep -v '^#' target.txt)
}
# The children's faults are in the log, with code but without any of this.
no_complaint() {
	! grep -aE 'WARNING:|BUG:|Oops|Kernel panic|detected stall|soft lockup' console.txt
}

for key in on off; do
	holds "ukl_key=$key: it ends" edges $key
	holds "every part is right" as_on_the_host
	holds "NMIs came" grep -aq 'NMI: ' console.txt
	holds "the kernel has nothing to complain about" no_complaint
done

summary
