#!/usr/bin/env bash
# The compiler's options, a row each: what is accepted gives an image that boots and
# says what the host's build says; what is refused says why in one line.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

source=$testsuite/tests/src/options.c

# boots OPTION...: compiles without a word, boots, prints the known text.
boots() {
	rm -f program
	"$cc" "$@" "$source" -o program 2>messages || { cat messages; return 1; }
	[[ ! -s messages ]] || { cat messages; return 1; }
	same "$("$hostcc" "$source" -o oracle && ./oracle)" "$("$run" --timeout 60 ./program)"
}

for option in -static -fPIC -fpic -fPIE -pie -static-pie -no-pie -m64 -O0 -O1 -O2 -O3 -Os -g -ggdb3 \
	-flto -pthread -fno-plt -mno-red-zone -fstack-protector-all -fsanitize=undefined\ -fsanitize-undefined-trap-on-error \
	-ffunction-sections\ -fdata-sections\ -Wl,--gc-sections -Wl,--build-id -Wl,-Map,map -s -rdynamic; do
	# shellcheck disable=SC2086 # some are two words
	holds "$option" boots $option
done

openmp() {
	"$cc" -fopenmp -O2 -Wall -Werror "$testsuite/tests/src/openmp.c" -o openmp &&
		same "sum 499999500000" "$("$run" --smp 2 --timeout 60 ./openmp)"
}
holds "-fopenmp" openmp

whole_program() {
	printf 'int twice(int x) { return 2 * x; }\n' >a.c
	printf 'int twice(int); int main(void) { return twice(21); }\n' >b.c
	"$cc" -O2 -flto -c a.c && "$cc" -O2 -flto -c b.c && "$tool-gcc-ar" rcs liba.a a.o &&
		"$cc" -O2 -flto b.o -L. -la -o lto && same 42 "$(status_of "$run" --timeout 60 ./lto)"
}
holds "-flto of several objects, one in an archive" whole_program

holds "__ukl__ is defined" grep -q '__ukl__ 1' <("$cc" -dM -E - </dev/null)
holds "so are __linux__ and __x86_64__" same 2 "$("$cc" -dM -E - </dev/null | grep -cE '__(linux|x86_64)__ 1')"

holds "-shared is refused" fails "$cc" -shared -fPIC "$source" -o shared.so 2>messages
holds "in one line" one_line messages 'shared'
holds "and leaves no file" test ! -e shared.so

same_refusal() {
	local ours theirs
	ours=$(LC_ALL=C "$cc" "$@" 2>&1 >/dev/null | sed 's/^[^:]*: //')
	theirs=$(LC_ALL=C "$hostcc" "$@" 2>&1 >/dev/null | sed 's/^[^:]*: //')
	[[ -n $ours ]] && same "$theirs" "$ours"
}
holds "an unknown -f option is refused as by the host's gcc" same_refusal -fno-such-thing -c "$source"
holds "an unknown -m option is" same_refusal -mno-such-thing -c "$source"
holds "a missing file is" same_refusal missing.c -c

m32() {
	fails "$cc" -m32 "$source" -o m32 2>messages && [[ ! -e m32 ]]
}
holds "-m32 fails and leaves no file" m32

summary
