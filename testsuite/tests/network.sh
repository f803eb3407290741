#!/usr/bin/env bash
# --net user and tap, addresses given, by DHCP and by IPv6's router advertisements: the guest reaches the
# host.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool
shell() {
	"$run" --timeout 60 --net user "${@:2}" ./tool shell "$1"
}
holds "the network card has its address" same 1 "$(shell 'grep -c 10.0.2.15 /proc/net/fib_trie | head -c 1 | sed s/[1-9]/1/')"
holds "there is a default route" same 1 "$(shell 'grep -c "00000000.0202000A" /proc/net/route')"
holds "resolv.conf names a server" same 1 "$(shell 'grep -c ^nameserver /etc/resolv.conf')"
holds "without --net there is only loopback" same lo "$("$run" --timeout 60 ./tool shell 'ls /sys/class/net')"

# given ADDRESS: as the kernel knows it.
given() {
	shell 'grep eth0 /proc/net/if_inet6 | cut -d " " -f 1,3' "$@"
}
holds "--ip6" grep -qx 'fd7700000000000000000abc00000002 40' <(given --ip6 fd77::abc:0:2/64)
holds "--ip6 with all groups" grep -qx '0001002203330444000500060007fff8 80' <(given --ip6 1:22:333:444:5:6:7:FFF8/128)
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

asked() {
	"$run" --timeout 100 --net user --ip dhcp ./tool shell 'grep -q 10.0.2.15 /proc/net/fib_trie && cat /etc/resolv.conf' >dhcp.txt &&
		grep -qx 'nameserver 10.0.2.3' dhcp.txt
}
holds "--ip dhcp: the kernel asks, and the resolver knows the server" asked
# QEMU's router announces fec0::/64.
holds "IPv6 configures itself" same fec0000000000000 \
	"$(shell 'for i in 1 2 3 4 5 6 7 8 9; do grep -o "^fec0000000000000" /proc/net/if_inet6 && break; sleep 1; done')"

# fec0::2 is the host's ::1.
fetches_by_6() {
	local port
	coproc SERVER { ./tcp-host serve ::1 0; }
	read -r -t 10 port <&"${SERVER[0]}"
	same "what the host serves" "$("$run" --timeout 60 --net user ./tcp fetch fec0::2 "$port")"
}
if grep -q ' lo$' /proc/net/if_inet6 2>/dev/null; then
	holds "the guest fetches 1 MiB and a line by IPv6" fetches_by_6
else
	echo "# this machine has no IPv6: not tested"
fi

# A tap device in a network of its own, for which nobody must be root.
with_tap() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	timeout 200 unshare --user --map-root-user --net -- sh -c '
		ip tuntap add dev tap7 mode tap && ip addr add 192.168.77.1/24 dev tap7 && ip link set tap7 up &&
		{ ip addr add fe80::77/64 dev tap7 nodad || true; } && "$@"' sh "$@"
}
on_tap() {
	# shellcheck disable=SC2016 # ditto
	with_tap bash -c 'coproc SERVER { ./tcp-host serve 192.168.77.1 0; }
		read -r -t 10 port <&"${SERVER[0]}"
		"$0" --timeout 100 --net tap,ifname=tap7 --ip 192.168.77.2/24,192.168.77.1,192.168.77.1 ./tcp fetch 192.168.77.1 "$port"' "$run"
}
on_tap_by_6() {
	# shellcheck disable=SC2016 # ditto
	with_tap bash -c 'coproc SERVER { ./tcp-host serve fe80::77%tap7 0; }
		read -r -t 10 port <&"${SERVER[0]}"
		"$0" --timeout 100 --net tap,ifname=tap7 ./tcp fetch fe80::77%eth0 "$port"' "$run"
}
# A fixed address, at once, and a gateway: the server is behind it, so to speak.
fixed_6() {
	# shellcheck disable=SC2016 # ditto
	with_tap bash -c 'ip link set lo up && ip -6 addr add fd77::1/64 dev tap7 nodad && ip -6 addr add fd78::1/128 dev lo
		coproc SERVER { ./tcp-host serve fd78::1 0; }
		read -r -t 10 port <&"${SERVER[0]}"
		"$0" --timeout 100 --net tap,ifname=tap7 --ip6 fd77::abc:2/64,fd77::1 ./tcp fetch fd78::1 "$port"' "$run"
}
# Nobody answers there. With --icount an idle guest's time flies.
unanswered() {
	with_tap "$run" --timeout 150 --icount --net tap,ifname=tap7 --ip dhcp ./troubles connect 192.0.2.1 9
}
if command -v ip >/dev/null && with_tap true 2>/dev/null; then
	holds "the guest fetches 1 MiB and a line through a tap device" same "what the host serves" "$(on_tap)"
	holds "and by IPv6, from a link-local address" same "what the host serves" "$(on_tap_by_6)"
	holds "and from an address of its own, through a gateway" same "what the host serves" "$(fixed_6)"
	"$cc" -O2 "$testsuite/tests/src/troubles.c" -o troubles 2>/dev/null
	holds "no answer to DHCP: the program starts, and the network is unreachable" same "connect: ENETUNREACH" "$(unanswered)"
else
	echo "# no tap device may be made here: not tested"
fi

# refused PATTERN OPTION...: bad usage, in one line.
refused() {
	local pattern=$1
	shift
	same 2 "$(status_of "$run" --timeout 60 "$@" ./tool)" && one_line stderr.txt "$pattern"
}
# One line, and QEMU's status.
taken() {
	local port
	coproc LISTENER { ./tcp-host serve 127.0.0.1 0; }
	read -r -t 10 port <&"${LISTENER[0]}"
	same 125 "$(status_of "$run" --timeout 60 --net "user,hostfwd=tcp:127.0.0.1:$port-:80" ./tool args)" &&
		one_line stderr.txt "Could not set up host forwarding rule.*$port" && kill "$LISTENER_PID"
}
holds "a port that is in use is named" taken
no_tap() { same 125 "$(status_of "$run" --timeout 60 --net tap,ifname=nosuchtap0 ./tool args)" && one_line stderr.txt 'nosuchtap0'; }
[[ $(id -u) == 0 ]] || holds "a tap device that may not be used is named" no_tap
holds "--ip without a card" refused 'no network card' --ip dhcp
holds "--ip of no address" refused '--ip 10.0.0/24: give dhcp or' --net user --ip 10.0.0/24
holds "--ip without a mask" refused 'give dhcp or' --net tap --ip 10.0.0.1
holds "--ip with a bad gateway" refused 'give dhcp or' --net user --ip 10.0.0.1/24,here
holds "--ip6 without a card" refused '--ip6 fd77::2/64: there is no network card' --ip6 fd77::2/64
holds "--ip6 without a mask" refused '--ip6 fd77::2: give ADDRESS/BITS' --net user --ip6 fd77::2
holds "--ip6 of an IPv4 address" refused '--ip6 10.0.0.1/24: give' --net user --ip6 10.0.0.1/24

summary
