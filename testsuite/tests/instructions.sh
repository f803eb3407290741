#!/usr/bin/env bash
# No library that we install makes a system call by an instruction: disassembles them all.
# default kernel only: lists its instructions
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

# Prints "FILE: FUNCTION: instruction" for each syscall, sysenter or int $0x80.
calls_by_instruction() {
	"$tool-objdump" -d --no-show-raw-insn "$@" | awk -v file="$1" '
		/^[0-9a-f]+ <.*>:$/ { function_name = $2 }
		/\t(syscall|sysenter|sysexit|sysret|int +\$0x80)/ { print file ": " function_name " " $2, $3 }'
}

find "$prefix" -name '*.a' -o -name '*.o' | grep -E '/sysroot/|/lib/gcc/|/lib(32|64|)/' | sort >files
printf '# %d files\n' "$(wc -l <files)"
holds "there are libraries to look at" test "$(grep -c '\.a$' files)" -ge 15
while read -r file; do
	case ${file##*/} in
	libukl_sys.a | ukl-kernel.o | ukl-rootfs.o) continue ;;
	esac
	# Some are linker scripts that name others.
	[[ $(head -c 7 "$file" | tr -d '\0') == $'\177ELF'* || $(head -c 7 "$file" | tr -d '\0') == '!<arch>' ]] || continue
	calls_by_instruction "$file"
done <files >found
holds "none holds such an instruction" test ! -s found
sed 's/^/# /' found | head -n 50

calls_by_instruction "$sysroot/usr/lib/libukl_sys.a" >exempt
holds "the library for ring 3 does: the test would see it" test -s exempt

# The kernel object brings exactly two pads into the program's text.
"$tool-objdump" -d --no-show-raw-insn -j .ukl_pad "$sysroot/usr/lib/ukl-kernel.o" >pads
cat pads
holds "two landing pads" same 2 "$(grep -cw syscall pads)"
returns() {
	same "syscall ret syscall jmp *%r9" "$(awk -F '\t' '/^ *[0-9a-f]+:/ { $1 = ""; print }' pads | xargs)"
}
holds "one returns, one jumps to r9" returns

# In an image the same holds for everything below the kernel.
"$cc" -O2 -static "$testsuite/tests/src/hello.c" -o hello
"$tool-objdump" -d --no-show-raw-insn --stop-address=0x7fffffffffff hello |
	awk '/^[0-9a-f]+ <.*>:$/ { f = $2 } /\t(syscall|sysenter|int +\$0x80)/ { print f, $0 }' >in-image
cat in-image
holds "an image's program holds no more than the pads" test "$(wc -l <in-image)" -le 2

summary
