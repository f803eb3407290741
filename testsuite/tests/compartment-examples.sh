#!/usr/bin/env bash
# The examples of compartments on libraries from Debian's sources: each attack succeeds in the image without
# compartments, and in the one with them ends for the reason that the report names.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"
# shellcheck source=SCRIPTDIR/../lib/sources
. "$testsuite/lib/sources"

mbedtls='mbedtls_2.28.3.orig.tar.gz 3b4953aa55a681e084d31892d9904cc5328d6b4958ea57b90ae4b4f94ae69a8d mbedtls'
zlib='zlib_1.2.13.dfsg.orig.tar.bz2 71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1 zlib'

# unpack FOLDER FILE SHA256 FROM
unpack() {
	fetch "$2" "$3" "$4" && mkdir "$1" && tar -xf "$cache/$2" -C "$1" --strip-components=1
}
# shellcheck disable=SC2086 # three words each
{ unpack mbedtls $mbedtls && unpack zlib $zlib; } || skip_all "Debian's sources of Mbed TLS or zlib cannot be fetched"

cp -R "$top/examples/vault" "$top/examples/sandbox" .
build() {
	make -s -j"$(nproc)" -C "$1" CC="$cc" AR="$tool-ar" HOSTCC="$hostcc" CFLAGS='-O2 -Wall -Wextra -Werror' \
		MBEDTLS="$PWD/mbedtls" ZLIB="$PWD/zlib"
}
holds "vault builds" build vault
holds "sandbox builds" build sandbox

# --- the private key
key=0123456789abcdeffedcba98765432100f1e2d3c4b5a69788796a5b4c3d2e1f0
leaked=f0e1d2c3b4a5968778695a4b3c2d1e0f1032547698badcfeefcdab8967452301
good='client: 71 bytes of signature, which is good'

# serve NAME OPTION...: the output goes to NAME.out and NAME.err.
serve() {
	echo $key | "$run" --timeout 60 "${@:2}" "vault/$1" >"$1.out" 2>"$1.err" || { cat "$1.out" "$1.err"; return 1; }
}
# leak NAME: is the key in what the attacker printed, as it is in memory or as it is written?
leak() {
	sed -n 's/^[0-9a-f]* \([0-9a-f]*\)$/\1/p' "$1.out" | tr -d '\n' | grep -Eq "$leaked|$key"
}
# story NAME: all but the attacker's rows.
story() {
	grep -Ev '^[0-9a-f]{5} ' "$1.out"
}
holds "without compartments the server runs" serve server-plain
holds "  it serves all three clients" same "$good
attacker: sent 4 bytes, got 65520
$good
server: end" "$(story server-plain)"
holds "  the attacker gets the key" leak server-plain

holds "with compartments the server runs" serve server
holds "  the attacker's connection dies, the next is served" same "$good
attacker: sent 4 bytes, got 0
server: a connection's process died of signal 11
$good
server: end" "$(story server)"
holds "  the attacker gets no key" fails leak server
holds "  the report names reader and owner" one_line server.err \
	'^compartments: violation: main may not read 0x[0-9a-f]+, memory of vault: at '
holds "the same image, unprotected on purpose, runs" serve server --append ukl_compartments=off
holds "  the attacker gets the key" leak server

# --- the decoder
# print NAME PICTURE: the exit status; see status_of for the output.
print() {
	status_of "$run" --timeout 60 "sandbox/$1" <"$2"
}
sandbox/draw >picture
make -s -C sandbox NM="$tool-nm" printer.attack printer-plain.attack
for name in printer printer-plain; do
	holds "$name: a picture" same 0 "$(print $name picture)"
	holds "  it is decoded" same "picture: 16 x 16, mean 127
would run: lp -o fit-to-page" "$(cat stdout.txt)"
done
holds "without compartments an attack ends well" same 0 "$(print printer-plain sandbox/printer-plain.attack)"
holds "  it has changed the caller's command" same 'would run: rm -rf /' "$(tail -n 1 stdout.txt)"
holds "with compartments it dies of SIGSEGV" same 139 "$(print printer sandbox/printer.attack)"
holds "  nothing was printed" test ! -s stdout.txt
holds "  the report names writer, owner and the way in" one_line stderr.txt \
	'^compartments: violation: decoder may not write 0x[0-9a-f]+, memory of main: at .*, entered by main through picture_read$'
victim() { [[ $(grep -o 'write 0x[0-9a-f]*' stderr.txt) == "write 0x$("$tool-nm" sandbox/printer | sed -n 's/^0*\([0-9a-f]*\) . print_command$/\1/p')" ]]; }
holds "  the address is the command's" victim

cleaned() {
	make -s -C vault clean && make -s -C sandbox clean && diff -r vault "$top/examples/vault" && diff -r sandbox "$top/examples/sandbox"
}
holds "make clean leaves the sources only" cleaned

summary
