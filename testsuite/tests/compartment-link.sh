#!/usr/bin/env bash
# What ld does with --compartment: what it refuses and why, the map, the symbols, the verifier.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

[[ -f $sysroot/usr/lib/libukl_compartment.a ]] || skip_all "no libukl_compartment.a in the prefix"

cat >main.c <<'END'
int add(int, int), twice(int (*)(int), int);
static int inc(int x) { return x + 1; }
int main(void) { return add(20, 2) + twice(inc, 18); }
END
cat >lib.c <<'END'
static int calls;
int add(int a, int b) { calls++; return a + b; }
int twice(int (*f)(int), int x) { return f(f(x)); }
END
"$cc" -O2 -c main.c lib.c
ar=$tool-ar
rm -f liblib.a
"$ar" rc liblib.a lib.o

# links OPTION...: main.o and lib.o, or what OPTION names too.
links() {
	rm -f out
	"$cc" "$@" -o out 2>messages || { cat messages; return 1; }
}

# refuses PATTERN OPTION...: the link fails, says why in one line of ld's, and leaves no file.
refuses() {
	local pattern=$1
	shift
	rm -f out
	! "$cc" "$@" -o out 2>messages || return 1
	grep -v '^collect2: error: ld returned' messages >line || true
	one_line line "$pattern" && [[ ! -e out ]]
}

# Options.
holds "an object" links -Wl,--compartment=lib=lib.o main.o lib.o
holds "the program runs" same 42 "$(status_of "$run" --timeout 200 ./out)"
holds "an archive" links -Wl,--compartment=lib=liblib.a main.o liblib.a
holds "a glob of archives" links '-Wl,--compartment=lib=lib[a-z]*.a' main.o liblib.a
holds "a member of an archive" links '-Wl,--compartment=lib=liblib.a:lib.o' main.o liblib.a
# -Wl divides at commas.
"$cc" -O2 -xc -c -o more.o - <<<'int more(void) { return 0; }'
"$ar" rc libmore.a more.o
holds "two patterns" links '-Wl,--compartment=lib=libl*.a libmore.a,-Map=map' main.o liblib.a libmore.a
holds "  the first is in it" grep -q 'file  liblib\.a:lib\.o' map
holds "a comma in -Wl where a space is meant" links '-Wl,--compartment=lib=liblib.a,libmore.a' main.o liblib.a libmore.a
holds "  is told" one_line messages 'warning: libmore\.a is an input file behind --compartment=lib=liblib\.a, not a pattern'
holds "one of several patterns matches nothing" refuses '.nothing\.o. matches no file' \
	-Xlinker --compartment=lib=lib.o,nothing.o main.o lib.o
holds "without files" refuses 'no files: write --compartment=NAME=' -Wl,--compartment=lib main.o lib.o
holds "a bad name" refuses 'bad name .a/b.' -Wl,--compartment=a/b=lib.o main.o lib.o
holds "an object in two" refuses 'lib\.o is in two compartments, .one. .*and .two.' \
	-Wl,--compartment=one=lib.o -Wl,--compartment=two=lib* main.o lib.o
holds "libc in one" refuses 'libc\.a.* serves all compartments' -Wl,--compartment=lib=libc.a main.o lib.o
twelve=()
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do twelve+=("-Wl,--compartment=c$i=$i.o"); done
holds "more than there are keys" refuses '.c12. is one compartment too many: .* for 11' "${twelve[@]}" main.o lib.o
eleven=() calls='' declared=''
for i in 1 2 3 4 5 6 7 8 9 10 11; do
	"$cc" -O2 -xc -c -o "f$i.o" - <<<"int calls$i; int f$i(int x) { return x + ++calls$i; }"
	eleven+=("-Wl,--compartment=c$i=f$i.o" "f$i.o")
	declared+="int f$i(int);" calls+="x = f$i(x);"
done
"$cc" -O2 -xc -c -o all.o - <<<"#include <setjmp.h>
$declared int main(void) { volatile int x = 0; jmp_buf again; if (!setjmp(again)) { $calls longjmp(again, 1); } $calls return x; }"
holds "as many as there are keys" links all.o "${eleven[@]}"
holds "  what that costs is told" one_line messages 'warning: 11 compartments leave no key for the registers'
holds "  the program runs" same 33 "$(status_of "$run" --timeout 200 ./out)"
holds "ten cost nothing" links all.o "${eleven[@]/-Wl,--compartment=c11=f11.o/-O2}"
holds "  and nothing is told" same "" "$(cat messages)"
holds "no errors are hidden by -w" refuses 'matches no file' -Wl,-w -Wl,--compartment=lib=nothing.o -Wl,-w main.o lib.o
holds "with -r" refuses 'leave out -r' -r -Wl,--compartment=lib=lib.o main.o lib.o

# The policy: file, line, word.
policy() {
	local pattern=$1
	shift
	printf '%s\n' "# a comment" "compartment lib lib.o" "$@" >policy
	if [[ -n $pattern ]]; then
		refuses "policy:[0-9]+: $pattern" -Wl,--compartment-policy=policy main.o lib.o
	else
		links -Wl,--compartment-policy=policy main.o lib.o
	fi
}
holds "a policy" policy '' 'trust lib trusted' 'stack lib 64K' 'enter lib add t*' 'reach lib main read' allow-wx
holds "the program runs" same 42 "$(status_of "$run" --timeout 200 ./out)"
holds "an unknown directive" policy 'unknown word .trsut.' 'trust lib trusted' 'trsut lib trusted'
holds "names its line" one_line line 'policy:4: '
holds "a value with a typo" policy '.trused.: write trusted or untrusted' 'trust lib trused'
holds "a missing word" policy '.lib.: words are missing: write trust NAME' 'trust lib'
holds "too many" policy '.more. is too much' 'allow-wx more'
holds "a bad size" policy '.1X.: a stack has' 'stack lib 1X'
holds "a name without files" policy 'no compartment .lip.' 'trust lip trusted'
holds "bad sizes of a function" policy '.args=12.: .* a multiple of 8' 'function add args=12'
holds "no such file" refuses 'cannot open none: No such file' -Wl,--compartment-policy=none main.o lib.o
printf 'compartment a main.o\ncompartment b lib.o\nreach a b\nreach b a\n' >policy
holds "two with the same rights" refuses '.a. and .b. may reach the same' -Wl,--compartment-policy=policy main.o lib.o
holds "a function that may not be entered" policy '' 'enter lib add twice'
printf 'compartment lib lib.o\nenter lib add\n' >policy
holds "and one that is not listed" refuses 'must not call .twice. .*the policy does not list it' \
	-Wl,--compartment-policy=policy main.o lib.o
printf 'extern int add(int, int); int (*const table[])(int, int) = { add }; int main(void) { return 0; }\n' >taker.c
"$cc" -O2 -c taker.c
printf 'compartment lib lib.o\nenter lib twice\n' >policy
holds "nor may its address be taken" refuses 'taker\.o: .main. must not take the address of .add. of compartment .lib.: the policy does not' \
	-Wl,--compartment-policy=policy taker.o lib.o
printf 'int add(int, int); int both(void); int both(void) { return add(20, 22); }\n' >both.c
printf 'int both(void); int main(void) { return both(); }\n' >user.c
"$cc" -O2 -c both.c user.c
echo 'transparent both.o' >>policy
holds "by code that runs with its caller's rights neither" refuses 'both\.o: runs with the rights of any caller and refers to .add. of compartment .lib.' \
	-Wl,--compartment-policy=policy user.o both.o lib.o
printf '%s\n' 'compartment lib lib.o' 'enter lib add' 'transparent both.o' >policy
holds "to one that is listed it may" links -Wl,--compartment-policy=policy user.o both.o lib.o
holds "and calls it" same 42 "$(status_of "$run" --timeout 200 ./out)"
printf '#include <stdlib.h>\nvoid *malloc(size_t size) { return size ? NULL : NULL; }\nvoid free(void *p) { (void)p; }\n' >allocator.c
"$cc" -O2 -c allocator.c
printf 'compartment lib lib.o\nenter main none\nkeep main inc\n' >policy
holds "nor by libc, to a program's own malloc" fails links -Wl,--compartment-policy=policy main.o lib.o allocator.o
holds "  which is told" grep -Eq 'runs with the rights of any caller and refers to .malloc. of compartment .main.: the policy does not' messages

# Functions that a gate cannot be made for.
cat >refused.c <<'END'
int main(void) { extern int f(int, ...); return f(1, 2); }
END
"$cc" -O2 -c refused.c
callee() {
	printf '%s\n' "$2" >callee.c
	"$cc" -O2 -c callee.c
	refuses "refused\.o: .*$1" -Wl,--compartment=lib=callee.o refused.o callee.o
}
holds "variadic" callee 'it is variadic: add .function f args=BYTES' 'int f(int n, ...) { return n; }'
# glibc fills memory that malloc() returns: ld must not read there what it has not written.
MALLOC_PERTURB_=90 holds "  whatever memory ld is given" callee 'it is variadic' 'int f(int n, ...) { return n; }'
printf 'compartment lib callee.o\nfunction f args=16\n' >policy
holds "accepted with sizes" links -Wl,--compartment-policy=policy refused.o callee.o
holds "ukl_nogate" callee 'it is declared ukl_nogate' '__attribute__((ukl_nogate)) int f(int n) { return n; }'
holds "another convention" callee 'does not use the psABI' '__attribute__((ms_abi)) int f(int n) { return n; }'
holds "an indirect function" callee 'it is an indirect function' \
	'static int g(int n) { return n; } static void *r(void) { return g; } int f(int) __attribute__((ifunc("r")));'
printf '.globl f\n.type f,@function\nf: mov %%edi,%%eax\nret\n.section .note.GNU-stack,"",@progbits\n' >callee.s
"$cc" -c callee.s
holds "assembly" refuses 'no record of its arguments .*add .function f args=BYTES' -Wl,--compartment=lib=callee.o refused.o callee.o
printf 'compartment lib callee.o\nfunction f args=0\n' >policy
holds "accepted with sizes" links -Wl,--compartment-policy=policy refused.o callee.o

# A variable that the caller refers to by name, with the address of such a function in it.
printf 'extern struct { int (*f)(int, ...); } const ops; int main(void) { return ops.f(1); }\n' >refused.c
"$cc" -O2 -c refused.c
holds "an exported table with a variadic function" callee 'refers to .ops. .*holds the address of .v., .*it is variadic' \
	'static int v(int n, ...) { return n; } struct { int (*f)(int, ...); } const ops = { v };'
printf 'compartment lib callee.o\nfunction v args=0\n' >policy
holds "accepted with sizes" links -Wl,--compartment-policy=policy refused.o callee.o
holds "runs" same 1 "$(status_of "$run" --timeout 200 ./out)"
printf 'int g(int); extern struct { int (*f)(int); } const ops; int main(void) { return g(0) + ops.f(1); }\n' >refused.c
"$cc" -O2 -c refused.c
holds "with one declared ukl_nogate" callee 'refers to .ops. .*holds the address of .v., .*it is declared ukl_nogate' \
	'__attribute__((ukl_nogate)) static int v(int n) { return n; } struct { int (*f)(int); } const ops = { v }; int g(int n) { return n; }'
printf 'static int v(int n) { return n; } struct { int (*f)(int); } const ops = { v }; int g(int n) { return ops.f(n); }\n' >callee.c
"$cc" -O2 -c callee.c
printf 'compartment lib callee.o\nenter lib g\n' >policy
holds "with one that is not listed" refuses 'refers to .ops. .*holds the address of .v., .*the policy does not list it' -Wl,--compartment-policy=policy refused.o callee.o
echo 'enter lib v' >>policy
holds "accepted if it is" links -Wl,--compartment-policy=policy refused.o callee.o
holds "runs" same 1 "$(status_of "$run" --timeout 200 ./out)"
printf 'compartment lib callee.o\nenter lib g\nkeep lib v\n' >policy
holds "or kept" links -Wl,--compartment-policy=policy refused.o callee.o
# An inline constructor refers to the virtual table by name.
printf 'struct shape { shape(int w) : width(w) {} virtual int area(); int width; }; int paint(shape &);\n' >shape.h
printf '#include "shape.h"\nint main() { shape s(6); return paint(s); }\n' >paint.cc
printf '#include "shape.h"\nint shape::area() { return width * 7; }\nint paint(shape &s) { return s.area(); }\n' >shape.cc
"$cxx" -O2 -c paint.cc shape.cc
printf 'compartment lib shape.o\nreach lib main read\nenter lib _Z5paintR5shape\nkeep lib none\n' >policy
holds "a virtual table with a function that is not listed" refuses \
	'paint\.o: refers to ._ZTV5shape. .*shape\.o.*, which holds the address of ._ZN5shape4areaEv., .*the policy does not list it' \
	-Wl,--compartment-policy=policy paint.o shape.o -lstdc++
echo 'keep lib _ZN5shape4areaEv' >>policy
holds "accepted if it is kept" links -Wl,--compartment-policy=policy paint.o shape.o -lstdc++
holds "runs" same 42 "$(status_of "$run" --timeout 200 ./out)"
printf 'int main(void) { extern int f(int, ...); return f(1, 2); }\n' >refused.c
"$cc" -O2 -c refused.c

# Data.
printf 'int secret = 42;\nint get(void) { return secret; }\n' >vault.c
printf 'extern int secret;\nint main(void) { return secret; }\n' >thief.c
"$cc" -O2 -c vault.c thief.c
printf 'compartment vault vault.o\ntrust vault trusted\n' >policy
holds "data that the caller may not reach" refuses 'thief\.o: refers to .secret. .*memory of compartment .vault.' \
	-Wl,--compartment-policy=policy thief.o vault.o
printf 'int secret __attribute__((ukl_shared)) = 42;\n' >vault.c
"$cc" -O2 -c vault.c
holds "shared data" links -Wl,--compartment-policy=policy thief.o vault.o
holds "is there" same 42 "$(status_of "$run" --timeout 200 ./out)"

# Link-time optimization.
"$cc" -O2 -flto -c lib.c -o slim.o
"$cc" -O2 -flto -ffat-lto-objects -c lib.c -o fat.o
"$cc" -O2 -flto -c main.c -o main-lto.o
holds "an object without machine code" refuses 'slim\.o: holds no machine code' \
	-flto -Wl,--compartment=lib=slim.o main-lto.o slim.o
holds "one with both" links -O2 -flto -Wl,--compartment=lib=fat.o main-lto.o fat.o
holds "runs" same 42 "$(status_of "$run" --timeout 200 ./out)"
holds "is called through a gate" grep 'gate\.main\.add$' <("$tool-nm" out)

# Other kinds of links.
holds "-mno-image" links -mno-image -Wl,--compartment=lib=lib.o main.o lib.o
"$cc" -O2 -ffunction-sections -fdata-sections -c main.c -o main-s.o
printf 'int unused(void) { return add(1, 2); }\nint add(int, int);\n' | sed '1!G;h;$!d' >unused.c
"$cc" -O2 -ffunction-sections -w -c unused.c
holds "--gc-sections" links -Wl,--gc-sections -Xlinker --compartment=lib=lib.o,unused.o main-s.o lib.o unused.o
holds "runs" same 42 "$(status_of "$run" --timeout 200 ./out)"


# Records outlive ld -r.
printf 'int f(int n, ...) { return n; }\nint g(int a) { return a; }\nint unused(int a) { return a; }\n' >records.c
printf 'int f(int n, ...); int g(int a); int main(void) { return g(3); }\n' >user.c
"$cc" -O2 -ffunction-sections -c records.c
"$cc" -O2 -c user.c
joined() {
	"$tool-ld" -r --gc-sections "$@" -e g records.o -o joined.o && "$tool-readelf" -Wr joined.o >symbols && fails grep unused symbols
}
holds "ld -r --gc-sections" joined
holds "  keeps records of what it keeps" links -Wl,--compartment=lib=joined.o user.o joined.o
holds "  which ld obeys" same 3 "$(status_of "$run" --timeout 200 ./out)"
holds "ld -r" "$tool-ld" -r records.o lib.o -o joined.o
holds "  keeps them all" links -Wl,--compartment=lib=joined.o user.o joined.o

# Map, symbols, layout.
holds "-Map" links -Wl,-Map=map -Wl,--compartment=lib=lib.o main.o lib.o
holds "has the rights" grep -Eq '^   may none  main$' map
holds "has the files" grep -Eq '^   file  lib\.o$' map
holds "has the gates" grep -Eq ' main -> lib  add$' map
holds "and pointer gates" grep -Eq ' \* -> main  inc$' map
symbol() { "$tool-readelf" -sW out >symbols && grep -Eq " [1-9][0-9]* FUNC .* $1\$" symbols; }
holds "a gate is a function with a size" symbol 'gate\.main\.add'
holds "so is a pointer gate" symbol 'gate\.\*\.inc'
aligned() {
	"$tool-readelf" -SW out | sed 's/^ *\[ *[0-9]*\]//' | awk '
		$1 ~ /^\.ukl\.(text|data|bss)\./ {
			n++
			if (strtonum("0x" $3) % 4096 || strtonum("0x" $5) % 4096) { print; bad = 1 }
		}
		END { exit bad || n < 5 }'
}
holds "compartments begin and end at pages" aligned

# Without compartments, ld is the stock one, to the byte.
if [[ $(ld --version 2>/dev/null | head -n 1) == *" 2.40" ]]; then
	mkdir -p stock
	ln -sf "$(command -v ld)" stock/ld
	identical() {
		"$cc" "$@" main.o lib.o -o same && mv same ours &&
			"$cc" "$@" -Bstock/ main.o lib.o -o same && cmp ours same
	}
	holds "an image without compartments is what stock ld makes" identical
	holds "so is a plain program" identical -mno-image
else
	printf 'ok - an image without compartments is what stock ld makes # SKIP no ld 2.40 here\n'
fi

# The verifier: each opcode inside an immediate, at several offsets.
holds "a clean image" "$tool-verify" out
planted() {
	local name=$1 bytes=$2 before prefixes=0
	[[ $bytes != f3* ]] || prefixes=2
	for before in 0 1 3; do
		{
			echo '.globl f; .type f,@function; f: xor %eax,%eax'
			echo '.byte 0x48,0xb9' # movabs $..., %rcx
			printf '.byte %s0x%s\n' "$(printf '0x55,%.0s' $(seq $before) | head -c $((before * 5)))" "${bytes// /,0x}"
			echo ".fill $((8 - before - $(wc -w <<<"$bytes"))),1,0x55"
			echo 'ret; .size f, .-f'
			echo '.section .note.GNU-stack,"",@progbits'
		} >plant.s
		"$cc" -c plant.s || return
		refuses "plant\.o: f\+0x$((before + prefixes + 4)): the bytes of $name" \
			-Wl,--compartment-policy=policy refused.o plant.o || return
	done
}
printf 'compartment lib plant.o\nfunction f args=0\n' >policy
while read -r name bytes; do
	holds "planted: $name" planted "${name//_/ }" "$bytes"
done <<'END'
wrpkru 0f 01 ef
xrstor 0f ae 2f
xrstors 0f c7 1f
wrmsr 0f 30
mov_to_a_control_register 0f 22 c0
mov_to_a_debug_register 0f 23 f8
lgdt 0f 01 10
lidt 0f 01 18
lldt 0f 00 d0
ltr 0f 00 d8
swapgs 0f 01 f8
wrfsbase f3 48 0f ae d0
xsetbv 0f 01 d1
sysret 0f 07
sysexit 0f 35
pop_%gs 0f a9
lgs 0f b5 07
an_SVM_instruction 0f 01 d8
END
stream() {
	printf '.globl f; .type f,@function; f: xor %%eax,%%eax\n%s\nret\n.size f, .-f\n.section .note.GNU-stack,"",@progbits\n' "$1" >plant.s
	"$cc" -c plant.s && refuses "plant\.o: f\+0x2: $2:" -Wl,--compartment-policy=policy refused.o plant.o
}
holds "executed: cli" stream cli cli
holds "executed: popf" stream popfq popf
holds "executed: out" stream 'outb %al,%dx' out
holds "executed: mov to fs" stream 'mov %eax,%fs' 'mov to a segment register'
holds "executed: far return" stream lretq 'a far return'

# shellcheck disable=SC2016
printf '.globl f; .type f,@function; f: movabs $0xef010f55,%%rax\nret\n.size f, .-f\n.section .note.GNU-stack,"",@progbits\n' >plant.s
"$cc" -c plant.s
holds "--no-compartment-verify accepts it" links -Wl,--no-compartment-verify -Wl,--compartment-policy=policy refused.o plant.o
holds "with a warning" one_line messages 'warning: --no-compartment-verify'
found() {
	# Others may be there by chance: ld does not look for a layout without them.
	same 1 "$(status_of "$tool-verify" out)" && grep -Eqx 'out: f\+0x3 \(0x[0-9a-f]+\): wrpkru' stdout.txt
}
holds "the verifier finds it in the image" found
object() {
	same 1 "$(status_of "$tool-verify" plant.o)" && one_line stdout.txt '^plant\.o: f\+0x3: wrpkru$'
}
holds "and in the object" object
archive() {
	"$ar" rc libplant.a main.o plant.o && same 1 "$(status_of "$tool-verify" libplant.a liblib.a)" &&
		one_line stdout.txt '^libplant\.a\(plant\.o\): f\+0x3: wrpkru$'
}
holds "and in an archive" archive
holds "and refuses what is no image" same 2 "$(status_of "$tool-verify" main.c)"

# Memory that is writable and executable.
printf '#include <sys/mman.h>\nint add(int, int); int main(void) { return mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 42 : add(1, 2); }\n' >wx.c
"$cc" -O2 -c wx.c
printf 'compartment lib lib.o\n' >policy
holds "a program that wants writable code" links -Wl,--compartment-policy=policy wx.o lib.o
holds "does not get it" same 42 "$(status_of "$run" --timeout 200 ./out)"
echo allow-wx >>policy
holds "with allow-wx" links -Wl,--compartment-policy=policy wx.o lib.o
holds "it does" same 3 "$(status_of "$run" --timeout 200 ./out)"

# Executable stacks.
cat >nested.c <<'END'
int twice(int (*)(int), int);
int main(void)
{
	int step = 0;
	int add(int x) { return x + step; }
	step++;
	return twice(add, 1);
}
END
"$cc" -O2 -c nested.c
holds "a nested function's address" refuses 'nested.o: needs an executable stack.*nested function' \
	-Wl,--no-warn-execstack,--compartment=lib=lib.o nested.o lib.o
holds "-z execstack" refuses 'no executable stack; leave out -z execstack' -z execstack -Wl,--no-warn-execstack -Wl,--compartment=lib=lib.o main.o lib.o

summary
