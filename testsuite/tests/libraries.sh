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

### With CMake and Meson, as projects ask for them

cat >several.c <<'END'
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <readline/readline.h>
#include <curses.h>
#include <zlib.h>
int main(void)
{
	struct event_base *base = event_base_new();
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	struct bufferevent *buffer = bufferevent_openssl_socket_new(base, -1, SSL_new(tls), BUFFEREVENT_SSL_CONNECTING, 0);
	char pcre[40];

	pcre2_config(PCRE2_CONFIG_VERSION, pcre);
	printf("zlib %s, %s, libevent %s %d, pcre2 %s, readline %s, %s\n", zlibVersion(), OpenSSL_version(OPENSSL_VERSION_STRING),
	       event_get_version(), buffer != NULL, pcre, rl_library_version, curses_version());
	return 0;
}
END
all='zlib 1.2.13, 3.0.22, libevent 2.1.12-stable 1, pcre2 10.42 2022-12-11, readline 8.2, ncurses 6.4.20221231'
mkdir project && cp several.c project/
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(several C)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Curses REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(REST REQUIRED IMPORTED_TARGET libevent_openssl libpcre2-8 readline)
add_executable(several several.c)
target_link_libraries(several PkgConfig::REST OpenSSL::SSL ZLIB::ZLIB ${CURSES_LIBRARIES})
END
cat >project/meson.build <<'END'
project('several', 'c')
names = ['zlib', 'libssl', 'libevent_openssl', 'libpcre2-8', 'readline', 'ncursesw']
found = []
foreach name : names
  found += dependency(name)
endforeach
executable('several', 'several.c', dependencies: found)
END
by_cmake() { "$tool-env" cmake -G Ninja -S project -B cmake && ninja -C cmake; }
by_meson() { "$tool-env" meson setup --cross-file $triple meson project && "$tool-env" ninja -C meson; }
# shellcheck disable=SC2046 # a list of words
by_hand() { "$cc" -O2 several.c -o by-hand $("$tool-pkg-config" --cflags --libs zlib openssl libevent_openssl libpcre2-8 readline ncursesw); }
prints() { same "$all" "$("$run" --timeout 60 "./$1")"; }
if ! "$tool-pkg-config" --exists zlib openssl libevent_openssl libpcre2-8 readline ncursesw 2>/dev/null; then
	echo "# not all libraries are installed: CMake and Meson are not tested with them"
elif ! command -v cmake >/dev/null || ! command -v meson >/dev/null || ! command -v ninja >/dev/null; then
	echo "# cmake, meson or ninja is not installed: not tested"
else
	holds "a program with all of them, by pkg-config" by_hand
	holds "runs" prints by-hand
	holds "by CMake" by_cmake
	holds "runs" prints cmake/several
	holds "by Meson" by_meson
	holds "runs" prints meson/several
fi

summary
