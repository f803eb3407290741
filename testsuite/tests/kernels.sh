#!/usr/bin/env bash
# -Wl,--kernel=NAME picks a kernel; no kernel executes a ring-0 program of another.
# default kernel only: compares kernels
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cat >start.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	if (argc == 2)
		return system(argv[1]) >> 8;
	if (argc == 1)
		return puts("started") < 0;
	execv(argv[2], argv + 2);
	printf("%s\n", strerrorname_np(errno));
	fflush(stdout);
	return system(argv[1]) >> 8;
}
END
"$cc" -D_GNU_SOURCE -O2 -c start.c

# refused PATTERN OPTION...: ld ends with one line like this (collect2 adds its own) and leaves no image.
refused() {
	local pattern=$1
	shift
	[[ $(status_of "$cc" start.o -o none "$@") == 1 ]] && grep -v '^collect2: ' stderr.txt >lines || return 1
	one_line lines "$pattern" && [[ ! -e none ]]
}
same_image() { "$cc" start.o -o image && "$cc" start.o -o cloud -Wl,--kernel=cloud && cmp image cloud; }
holds "cloud is the default" same_image
missing() { refused "no kernel .missing. is installed, only cloud.*; .toolchain-build.sh kernel FRAGMENT missing. builds one$" -Wl,--kernel=missing; }
holds "a kernel that is not there: which are, and how to make it" missing
holds "a bad name" refused "bad name ./etc.: a kernel's name has small letters" -Wl,--kernel=/etc
plain() { "$cc" -mno-image start.o -o plain -Wl,--kernel=missing && same started "$(./plain)"; }
holds "a plain ELF program needs no kernel" plain
# Whatever is in the folder counts: here cloud once more, with its script but no root file system.
another() {
	cp -R "$prefix" moved && mkdir -p "moved/$triple/sysroot/usr/lib/ukl/again" &&
		cp "$sysroot/usr/lib/ukl-kernel.o" "$sysroot/usr/lib/ukl.lds" "moved/$triple/sysroot/usr/lib/ukl/again/" &&
		"moved/bin/$triple-gcc" start.o -o again -Wl,--kernel=again && cmp image again
}
holds "one that is there, without a root file system of its own" another
names() {
	[[ $(status_of "moved/bin/$triple-gcc" start.o -o none -Wl,--kernel=missing) == 1 ]] && grep -q 'only cloud.*, again' stderr.txt
}
holds "the message names it" names
rm -rf moved

mkdir share
in_guest() { "$run" --timeout 60 --share share:/share "$@"; }
# The program of an image, and the same as if it were linked with another kernel: e_ident[9..15].
holds "the image's program, as a file" in_guest ./image 'cp /ukl/program /share/own'
cp share/own share/other
printf '\1\2\3\4\5\6\7' | dd of=share/other bs=1 seek=9 conv=notrunc status=none
chmod +x share/*
own() { same started "$(in_guest ./image true /share/own)"; }
holds "it can be executed" own
other() { in_guest ./image 'dmesg | grep "ukl: not executed by program.*linked with kernel 07060504030201, this is kernel"' /share/other >out; cat out; }
holds "another kernel's cannot: the log says why" other
holds "the error is ENOEXEC" same ENOEXEC "$(head -n 1 out)"
launched() { same 126 "$(status_of in_guest --exec /share/other ./image)" && one_line stderr.txt 'cannot execute /share/other: it is linked with another kernel'; }
holds "--exec says so, too" launched

summary
