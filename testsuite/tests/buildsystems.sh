#!/usr/bin/env bash
# CMake, Meson, pkg-config and the environment script, from a prefix that was moved: projects that
# know nothing of the target configure, build and pass their own tests.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

mkdir "a place"
cp -al "$prefix" "a place/moved" 2>/dev/null || cp -a "$prefix" "a place/moved"
moved="$PWD/a place/moved"
environment="$moved/bin/$triple-env"

### The environment

cat >wanted <<END
CC=$triple-gcc
PKG_CONFIG=$triple-pkg-config
END
holds "the environment names our tools" diff wanted <("$environment" env | grep -E '^(CC|PKG_CONFIG)=' | sort)
evaluated() { (eval "$("$environment")" && [[ $CC == "$triple-gcc" && $(command -v "$CC") == "$moved/bin/$CC" && -f $CONFIG_SITE && -f $CMAKE_TOOLCHAIN_FILE ]]); }
holds "also by eval" evaluated
holds "and passes words on as they are" same "a  b*" "$("$environment" printf %s 'a  b*')"
holds "an unknown option is refused" same 2 "$(status_of "$environment" --frob)"

### pkg-config: a prefix of its own, with two packages, one of them private to the other

fake=$PWD/fake # pkgconf itself cannot do with a blank in a name
mkdir -p "$fake/bin" "$fake/$triple/sysroot/usr/lib/pkgconfig"
cp "$tool-pkg-config" "$fake/bin/"
for package in outer inner; do
	# shellcheck disable=SC2016 # for pkg-config to expand
	printf '%s\n' 'prefix=/usr' 'libdir=${prefix}/lib' 'includedir=${prefix}/include' "Name: $package" "Description: $package" 'Version: 1' \
		"Libs: -L\${libdir} -l$package" "Cflags: -I\${includedir}/$package" >"$fake/$triple/sysroot/usr/lib/pkgconfig/$package.pc"
done
echo 'Requires.private: inner' >>"$fake/$triple/sysroot/usr/lib/pkgconfig/outer.pc"
ask() { PKG_CONFIG_PATH=/usr/lib/x86_64-linux-gnu/pkgconfig "$fake/bin/$triple-pkg-config" "$@"; }
packages() {
	local got
	got=$(ask --cflags --libs outer) && printf '%s\n' "$got" &&
		[[ $got == *"-I$fake/$triple/sysroot/usr/include/outer "* && $got == *-louter*-linner* && $got != *-I/usr* ]]
}
if command -v pkg-config >/dev/null; then
	holds "pkg-config knows the sysroot's packages, and their private ones" packages
	holds "and none of the host's" same "inner outer" "$(ask --list-all | sed 's/ .*//' | sort | tr '\n' ' ' | sed 's/ $//')"
else
	echo "# pkg-config is not installed: not tested"
fi

### The project

mkdir project
cat >project/answer.c <<'END'
int answer(void) { return 42; }
END
cat >project/main.cc <<'END'
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <sys/utsname.h>
extern "C" int answer(void);
int main(int argc, char **argv)
{
	int got = 0;
	std::thread([&] { got = answer(); }).join();
	std::string word;
	std::ifstream(argv[1]) >> word;
	struct utsname u;
	uname(&u);
	std::printf("%d %s %s\n", got, word.c_str(), std::strstr(u.release, "ukl") ? "image" : "host");
	return !(argc == 2 && got == 42 && word == "input");
}
END
echo input >project/input.txt

cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(sample C CXX)
enable_testing()
include(CheckFunctionExists)
include(CheckCSourceRuns)
check_function_exists(getpid HAVE_GETPID)
check_function_exists(no_such_function HAVE_NO_SUCH_FUNCTION)
check_c_source_runs("#include <string.h>
#include <sys/utsname.h>
int main(void) { struct utsname u; uname(&u); return !strstr(u.release, \"ukl\"); }" RUNS_IN_AN_IMAGE)
find_package(Threads REQUIRED)
find_library(LIBC c)
find_library(HOST_ONLY elf)
message(STATUS "found: ${HAVE_GETPID},${HAVE_NO_SUCH_FUNCTION},${RUNS_IN_AN_IMAGE},${LIBC},${HOST_ONLY}")
add_library(answer SHARED answer.c)
add_executable(sample main.cc)
target_link_libraries(sample answer Threads::Threads)
configure_file(input.txt input.txt COPYONLY)
add_test(NAME sample COMMAND sample input.txt)
END
cmake_configures() {
	"$environment" cmake -G Ninja -S project -B cmake >cmake.log 2>&1 || { cat cmake.log; return 1; }
	grep '^-- found: ' cmake.log
	grep -q -- "^-- found: 1,,1,$moved/.*/libc.a,HOST_ONLY-NOTFOUND" cmake.log
}
cmake_tests() {
	(ninja -C cmake && cd cmake && ctest --output-on-failure) >cmake.log 2>&1 || { cat cmake.log; return 1; }
}
if command -v cmake >/dev/null && command -v ninja >/dev/null; then
	holds "CMake finds what is there, and runs its checks in images" cmake_configures
	holds "it says that a shared library becomes an archive" grep -q 'ADD_LIBRARY called with SHARED option' cmake.log
	holds "its build passes its test, in an image" cmake_tests
	holds "the program is an image" grep -q startup_64 <("$tool-nm" cmake/sample)
else
	echo "# cmake or ninja is not installed: not tested"
fi

cat >project/meson.build <<'END'
project('sample', 'c', 'cpp')
cc = meson.get_compiler('c')
runs = cc.run('''#include <string.h>
#include <sys/utsname.h>
int main(void) { struct utsname u; uname(&u); return !strstr(u.release, "ukl"); }''')
message('found:', cc.has_function('getpid'), cc.has_function('no_such_function'), runs.returncode(), cc.find_library('elf', required: false).found())
answer = library('answer', 'answer.c')
sample = executable('sample', 'main.cc', link_with: answer, dependencies: dependency('threads'))
test('sample', sample, args: 'input.txt', workdir: meson.current_source_dir())
END
meson_configures() {
	"$environment" meson setup --cross-file $triple meson project >meson.log 2>&1 || { cat meson.log; return 1; }
	grep 'found:' meson.log
	grep -q 'found: true false 0 false' meson.log
}
meson_tests() { "$environment" meson test -C meson >meson.log 2>&1 || { cat meson.log; return 1; }; }
if command -v meson >/dev/null && command -v ninja >/dev/null; then
	holds "Meson finds what is there, and runs its checks in images" meson_configures
	holds "its build passes its test, in an image" meson_tests
	holds "its library is an archive" test -f meson/libanswer.a
else
	echo "# meson or ninja is not installed: not tested"
fi

### What insists on a shared library fails with the line that names it.

insists() {
	fails "$cc" -shared -fPIC project/answer.c -o libanswer.so 2>messages &&
		one_line messages 'shared is not supported.*archive'
}
holds "-shared by hand is refused in one line" insists

summary
