#!/usr/bin/env bash
# Lua, built by its own makefile with nothing but CC, AR and RANLIB set: scripts that use a
# shared folder, and the official test suites, with the output of the host's Lua.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

# shellcheck source=SCRIPTDIR/../lib/sources
. "$testsuite/lib/sources"
scripts=$testsuite/tests/lua

# The package's upstream tarball, pinned: file, sha256, Debian source package or address.
lua54='lua5.4_5.4.4.orig.tar.gz 164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61 lua5.4'
lua51='lua5.1_5.1.5.orig.tar.gz 2640fc56a795f29d28ef15e13c34a47e223960b0240e8cb0a82d9b0738695333 lua5.1'
# Lua 5.1's suite comes with another Debian package; 5.4's is in none.
suite51='golang-github-yuin-gopher-lua_0.0~git20170915.0.eb1c729.orig.tar.xz 4930565f2f9596a0a47bc84b8c4c535655e8c3206b0d8dd8d2728803dab996e7 golang-github-yuin-gopher-lua'
suite54='lua-5.4.4-tests.tar.gz 04d28355cd67a2299dfe5708b55a0ff221ccb1a3907a3113cc103ccc05ac6aad https://www.lua.org/tests/lua-5.4.4-tests.tar.gz'

# build FOLDER TARBALL TARGET: the same tree twice, the target's with our tools.
build() {
	local folder=$1 tarball=$2 target=$3 side
	for side in host target; do
		mkdir -p "$folder/$side"
		tar -C "$folder/$side" --strip-components=1 -xf "$cache/$tarball"
	done
	(cd "$folder/target" && find . -type f -exec sha256sum {} +) >"$folder/before"
	make -s -C "$folder/host" "$target" CC="$hostcc" &&
		make -s -C "$folder/target" "$target" CC="$cc" AR="$tool-ar rcu" RANLIB="$tool-ranlib" &&
		(cd "$folder/target" && sha256sum --check --quiet "../before")
}

# same_script FOLDER SCRIPT ARGUMENT...: in a shared folder, from both builds.
same_script() {
	local folder=$1
	shift
	(cd share && "../$folder/host/src/lua" "$@") >wanted 2>&1 || return
	"$run" --timeout 120 --share "$PWD/share:/share" --cwd /share "$folder/target/src/lua" "$@" >got 2>&1 || { cat got; return 1; }
	diff wanted got
}

# same_suite FOLDER FILE...: of the official suite; only the verdicts can be compared.
same_suite() {
	local folder=$1
	shift
	same_script "$folder" suite.lua "$@" >/dev/null || true
	grep -P '\t(passes|fails)' wanted >verdicts.wanted
	grep -P '\t(passes|fails)' got >verdicts || cat got
	same $# "$(grep -c passes verdicts)" && diff verdicts.wanted verdicts
}

# shellcheck disable=SC2086 # three words
fetch $lua54 || skip_all "Debian's source of Lua 5.4 cannot be fetched"
holds "Lua 5.4's makefile builds it with CC, AR and RANLIB set" build lua54 "${lua54%% *}" linux

mkdir share
cp "$scripts"/*.lua share/
head -c 100000 /dev/zero | tr '\0' 'z' >share/input
holds "a script that reads and writes files of a shared folder" same_script lua54 files.lua .
holds "a walk through the language" same_script lua54 language.lua
holds "standard input as a script" same 42 "$(echo 'print(6 * 7)' | "$run" --timeout 60 lua54/target/src/lua -)"
holds "an error's status and message" same "1 lua: text" "$(status_of "$run" --timeout 60 lua54/target/src/lua -e 'error("text", 0)') $(sed -n '1s|^.*/||p' stderr.txt)"
holds "luac works too" same 42 "$(echo 'print(6 * 7)' >share/c.lua && "$run" --timeout 60 --share "$PWD/share:/share" --cwd /share lua54/target/src/luac -o c.out c.lua && lua54/host/src/lua share/c.out)"

# shellcheck disable=SC2086 # three words
if fetch $suite54; then
	tar -C share --strip-components=1 -xzf "$cache/${suite54%% *}"
	# Not run: main.lua starts the interpreter by its name on the host, attrib.lua loads C
	# libraries, which a static program cannot, and all.lua runs these two.
	holds "the official test suite of Lua 5.4" same_suite lua54 gc.lua db.lua calls.lua strings.lua literals.lua \
		tpack.lua utf8.lua locals.lua constructs.lua code.lua cstack.lua nextvar.lua pm.lua api.lua events.lua vararg.lua \
		closure.lua coroutine.lua goto.lua errors.lua math.lua sort.lua bitwise.lua verybig.lua files.lua
else
	printf '# the official test suite of Lua 5.4 was not run: put %s into %s\n' "${suite54%% *}" "$cache"
fi

# shellcheck disable=SC2086 # three words
if fetch $lua51 && fetch $suite51; then
	holds "Lua 5.1's makefile builds it" build lua51 "${lua51%% *}" generic
	tar -C share --strip-components=2 -xf "$cache/${suite51%% *}" gopher-lua/_lua5.1-tests
	cp "$scripts/suite.lua" share/
	holds "the official test suite of Lua 5.1" same_suite lua51 strings.lua nextvar.lua sort.lua vararg.lua closure.lua \
		calls.lua constructs.lua events.lua literals.lua locals.lua files.lua errors.lua gc.lua code.lua api.lua
else
	printf '# the official test suite of Lua 5.1 was not run: it cannot be fetched\n'
fi

summary
