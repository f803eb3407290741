#!/usr/bin/env bash
# Libraries for the target: a program with each that the prefix has, found by pkg-config. zlib, which
# takes a few seconds, is built if it is not there.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

# flags PACKAGE: of the prefix, or of zlib's stage alone.
flags() {
	if [[ -f $sysroot/usr/lib/pkgconfig/$1.pc ]]; then
		"$tool-pkg-config" --cflags --libs "$1"
	else
		echo "-I$PWD/built/$triple/sysroot/usr/include -L$PWD/built/$triple/sysroot/usr/lib -lz"
	fi
}

# works PACKAGE WANTED: its program prints that.
works() {
	local got
	# shellcheck disable=SC2046 # a list of words
	"$cc" -O2 -Wall -Werror "$testsuite/tests/libraries/$1.c" -o "$1" $(flags "$1") || return
	got=$(echo a line | timeout 260 "$run" --env TERM=dumb --timeout 240 "./$1" 2>messages) || cat messages
	same "$2" "$got"
}

[[ -f $sysroot/usr/lib/pkgconfig/zlib.pc ]] ||
	holds "zlib is built" "$top/toolchain-build.sh" --extract zlib "$PWD/built"
holds "zlib" works zlib 'zlib 1.2.13: same, smaller: 1'

while read -r package wanted; do
	if [[ -f $sysroot/usr/lib/pkgconfig/$package.pc ]]; then
		holds "$package" works "$package" "$wanted" </dev/null
	else
		echo "# $package is not installed (toolchain-build.sh libraries): not tested"
	fi
done <<'END'
openssl ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad random: 1 legacy: 1 tls: 1
libpcre2-8 jit 0, 3 groups, from 5 to 12
ncursesw terminal 0 1, colors 256
readline read: a line, history: 1
libevent timeout by epoll
END

summary
