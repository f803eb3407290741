#!/usr/bin/env bash
# Each example, built by its own makefile for the host and for the target, gives the same.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cp -R "$top/examples" host
cp -R "$top/examples" target
strict=(-s CFLAGS='-O2 -Wall -Wextra -Werror' CXXFLAGS='-std=c++17 -O2 -Wall -Wextra -Werror')

build() {
	make -C "host/$1" "${strict[@]}" && make -C "target/$1" "${strict[@]}" CC="$cc" CXX="$cxx" AR="$tool-ar"
}

# same_output FOLDER PROGRAM ARGUMENT...: with this test's standard input, from the file "input".
same_output() {
	local program=$1/$2 want=0 got=0
	shift 2
	"host/$program" "$@" <input >wanted 2>wanted.err || want=$?
	"$run" --smp 2 --timeout 60 "target/$program" "$@" <input >got 2>got.err || got=$?
	cat got got.err
	same "$want" "$got" && diff wanted got && diff wanted.err got.err
}

: >input
holds "hello builds" build hello
holds "hello says the same" same_output hello hello
holds "hello with an argument" same_output hello hello "dear reader"

holds "cxx builds" build cxx
cat "$top"/testsuite/programs/*.c >input
holds "cxx counts words" same_output cxx wordcount
head -c 2000 /dev/zero | tr '\0' w >input
holds "cxx reports an exception of a thread" same_output cxx wordcount

holds "twolibs builds" build twolibs
printf 'user=me\nroom=12\nno equals sign\n%s=x\n' "$(head -c 100 /dev/zero | tr '\0' n)" >input
holds "twolibs seals and refuses" same_output twolibs sealer passphrase

holds "tcp-echo builds" build tcp-echo
"$hostcc" -O2 "$testsuite/tests/src/tcp.c" -o tcp

# A port that was free a moment ago; QEMU has no "any port".
free_port() {
	./tcp serve 127.0.0.1 0 >port &
	local pid=$!
	while [[ ! -s port ]]; do sleep 0.1; done
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	cat port
	rm port
}
echoes() {
	local port status=0 line
	port=$(free_port)
	"$run" --timeout 60 --net "user,hostfwd=tcp:127.0.0.1:$port-:7" target/tcp-echo/tcp-echo 7 3 >server 2>&1 &
	local server=$!
	for _ in {1..100}; do
		grep -q 'listening on port 7' server && break
		sleep 0.2
	done
	same "echoed 3000000" "$(./tcp echo 127.0.0.1 "$port" 3000000)" &&
		same "echoed 1000" "$(./tcp echo 127.0.0.1 "$port" 1000)" || status=1
	# The third speaks through the shell's own sockets.
	if exec 5<>"/dev/tcp/127.0.0.1/$port"; then
		printf 'by hand\n' >&5
		read -r -t 20 line <&5
		exec 5>&-
		same "by hand" "$line" || status=1
	else
		status=1
	fi
	[[ $status == 0 ]] || kill "$server"
	wait "$server" || status=1
	cat server
	return "$status"
}
holds "tcp-echo answers the host" echoes

cleaned() {
	local folder
	for folder in hello cxx twolibs tcp-echo; do make -s -C "target/$folder" clean >/dev/null || return; done
	diff -r target "$top/examples"
}
holds "make clean leaves the sources only" cleaned

summary
