#!/usr/bin/env bash
# The prefix works wherever it is, also under a name with a space.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

mkdir "a place"
# Links, where the file system lets us: the prefix is large.
cp -al "$prefix" "a place/moved" 2>/dev/null || cp -a "$prefix" "a place/moved"
moved="$PWD/a place/moved/bin/$triple"

inside() {
	local name path
	for name in libc.a crt1.o ukl.lds ukl-kernel.o libstdc++.a libgcc.a; do
		path=$("$moved-g++" "-print-file-name=$name")
		path=$(realpath "$path")
		[[ $path == "$PWD/a place/"* ]] || { printf '%s: %s\n' "$name" "$path"; return 1; }
	done
	for name in as ld cc1plus; do
		path=$(realpath "$("$moved-g++" "-print-prog-name=$name")")
		[[ $path == "$PWD/a place/"* ]] || { printf '%s: %s\n' "$name" "$path"; return 1; }
	done
}
holds "the compiler finds its files in the new place" inside
no_old_name() {
	"$moved-g++" -v -x c++ "$testsuite/tests/src/hello.c" -o /dev/null -Wl,--verbose 2>&1 | grep -F "$prefix/"
}
holds "and looks for none in the old one" fails no_old_name
boots() {
	"$moved-gcc" -O2 "$testsuite/tests/src/hello.c" -o hello && same "hello from ring 0" "$("$moved-run" --timeout 60 ./hello)"
}
holds "an image from there boots" boots
same_image() {
	"$cc" -O2 "$testsuite/tests/src/hello.c" -o hello2 && cmp hello hello2
}
holds "and is byte for byte the same" same_image
path_lookup() {
	PATH="$PWD/a place/moved/bin:$PATH" bash -c "$triple-gcc -O2 '$testsuite/tests/src/hello.c' -o by-path && $triple-run --timeout 60 ./by-path" >out &&
		grep -q 'ring 0' out
}
holds "found through PATH it works too" path_lookup

summary
