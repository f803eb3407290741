#!/usr/bin/env bash
# Nothing that is delivered keeps a program from having compartments: the verifier finds no forbidden bytes that the
# compiler or assembly chose. What the linker chose, it can choose otherwise, as a program with all functions of libc
# and libm shows.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

# What is left, each with the reason why it does no harm or cannot be had.
cat >known <<'END'
libc.a(pkey_set.o): pkey_set: wrpkru
END
# pkey_set: ld puts the runtime's in its place.

# libm.a is a script that names others.
mapfile -t archives < <(find "$prefix" -name '*.a' ! -name '*plugin*' -exec sh -c 'head -c 7 "$1" | grep -q "^!<arch>"' - {} \; -print)
scan() {
	local status=0
	printf '# %d archives\n' ${#archives[@]}
	"$tool-verify" "${archives[@]}" >found || status=$?
	[[ $status -le 1 && ${#archives[@]} -gt 15 ]] || return
	sed 's|^.*/||; s|+0x[0-9a-f]*: |: |' found | sort -u >got
	for name in libc.a libm-2.36.a libgcc.a libstdc++.a libukl_sys.a libukl_compartment.a; do
		printf '%s\n' "${archives[@]}" | grep -q "/$name$" || { echo "no $name"; return 1; }
	done
	# libg.a is another name of libc.a.
	sed 's/^libg\.a/libc.a/' got | sort -u | grep -vxF -f known >new || true
	cat new
	[[ ! -s new ]]
}
holds "no forbidden bytes in archives" scan

libraries=(-lm -lmvec -lcrypt -lresolv)
libs=("$sysroot"/usr/lib/{libc,libm-2.36,libmvec,libcrypt,libresolv}.a)
"$tool-nm" -g --defined-only "${libs[@]}" 2>/dev/null | awk '$2 ~ /^[TWi]$/ { print $3 }' | sort -u |
	grep -vxE '_start|main|_dl_relocate_static_pie' | cat >names
{
	echo .data
	sed 's/.*/.quad &/' names
	echo '.section .note.GNU-stack, "", @progbits'
} >many.s
cat >main.c <<'END'
#define _GNU_SOURCE
#include <complex.h>
#include <crypt.h>
#include <stdio.h>
#include <string.h>
int through(char *room, const char *text);
int main(void)
{
	char room[40] = "one, ";
	_Complex _Float128 root = csqrtf128(-4.0f128 + 0.0f128 * I);

	puts(strncat(room, "two, three", 5));
	printf("%d%s\n", through(room, "three, four"), room);
	printf("%.3f %.3f\n", (double)crealf128(root), (double)cimagf128(root));
	puts(crypt("password", "$1$saltsalt$"));
	printf("%.6f\n", (double)((volatile _Decimal128){ 2.0dl } / (_Decimal128)7));
	return 0;
}
END
cat >lib.c <<'END'
#include <string.h>
int through(char *room, const char *text)
{
	char own[64] = "";
	(void)room;
	for (int i = 1; i < 60; i++) {
		own[0] = 0;
		strncat(strncat(own, text, i % 7), text, i);
	}
	return (int)strlen(own);
}
END
"$cc" -c many.s
"$cc" -O2 -Wall -Wextra -Werror -fno-builtin -c main.c lib.c
printf '# %d functions\n' "$(wc -l <names)"
many() { [[ $(wc -l <names) -gt 5000 ]] && "$cc" main.o lib.o many.o "${libraries[@]}" -Wl,--compartment=lib=lib.o -o program; }
holds "a program with all functions of libc and libm" many
holds "in which nothing is found afterwards" "$tool-verify" program
runs() {
	"$hostcc" -O2 -w -fno-builtin main.c lib.c -lm -lcrypt -o host && ./host >wanted && "$run" --timeout 60 ./program >got && diff wanted got
}
holds "that runs as on the host" runs

summary
