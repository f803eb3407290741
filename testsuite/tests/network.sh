#!/usr/bin/env bash
# --net user: the guest reaches the host, and the host the guest.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool
shell() {
	"$run" --timeout 60 --net user ./tool shell "$1"
}
holds "the network card has its address" same 1 "$(shell 'grep -c 10.0.2.15 /proc/net/fib_trie | head -c 1 | sed s/[1-9]/1/')"
holds "there is a default route" same 1 "$(shell 'grep -c "00000000.0202000A" /proc/net/route')"
holds "resolv.conf names a server" same 1 "$(shell 'grep -c ^nameserver /etc/resolv.conf')"
holds "without --net there is only loopback" same lo "$("$run" --timeout 60 ./tool shell 'ls /sys/class/net')"

# The host serves one file; the guest fetches it from 10.0.2.2.
"$hostcc" -O2 "$testsuite/tests/src/tcp.c" -o tcp-host
"$cc" -O2 "$testsuite/tests/src/tcp.c" -o tcp
fetches() {
	local port
	coproc SERVER { ./tcp-host serve 127.0.0.1 0; }
	read -r -t 10 port <&"${SERVER[0]}"
	same "what the host serves" "$("$run" --timeout 60 --net user ./tcp fetch 10.0.2.2 "$port")"
}
holds "the guest fetches 1 MiB and a line from the host" fetches

summary
