#!/usr/bin/env bash
# The compiler's records of calling sequences, and the attributes for compartments. The oracle for
# the records is src/signatures.c, which reads the psABI and no compiler; a model of a gate
# then calls every function with what its record says.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

src=$testsuite/tests/src
for name in signatures abi-records; do
	"$hostcc" -O2 -Wall -Wextra -Werror -Wno-missing-field-initializers "$src/$name.c" -o "$name"
done

# Many signatures, drawn at random but always the same.
seed=1 count=200
./signatures records $seed $count >wanted
./signatures callees $seed $count >callees.c
./signatures callers $seed $count >callers.c

as_psabi() {
	"$cc" -w -Wno-psabi "$@" -c callees.c -o callees.o &&
		./abi-records callees.o | awk '$1 ~ /^f/ { print $1, $2, $3, $4 }' | sort -V | diff wanted -
}
for option in -O0 -O2 "-O2 -ffunction-sections -fPIC"; do
	# shellcheck disable=SC2086 # some are two words
	holds "records of $count signatures, $option, are the psABI's" as_psabi $option
done
holds "most of them have arguments on the stack" \
	test "$(awk '$2 > 0' wanted | wc -l)" -gt $((count / 2))
holds "some of them aligned to more than 16 bytes" grep -q ' 0x[0-9a-f]*[567]8[0-9a-f]$' wanted
holds "the compiler agrees with the host's about layout" "$hostcc" -w -Wno-psabi -fsyntax-only callees.c

gates() {
	{
		printf 'const struct { long stack, sret, align; } records[] = {\n'
		./abi-records callees.o | awk '$1 ~ /^f/' | sort -V | while read -r _ stack sret flags _; do
			align=$(((flags >> 8) & 15))
			printf '{ %d, %d, %d },\n' "$stack" "$sret" $((align ? 1 << align : 16))
		done
		printf '};\nconst int count = %d;\n' "$count"
	} >table.c
	"$cc" -O1 -w -Wno-psabi -mno-image callers.c callees.o table.c "$src/gates.c" "$src/through.S" -o gates && ./gates
}
holds "a model of a gate carries every argument and result" gates

# record NAME SOURCE-FILE OPTION...: "STACK SRET FLAGS GROUP" of the record of that name
record() {
	local name=$1
	shift
	"$cc" -w -Wno-psabi "$@" -c -o one.o && ./abi-records one.o | awk -v n="$name" '$1 == n { print $2, $3, $4, $6 }'
}

cat >kinds.c <<'EOF'
struct large { long a[5]; };
int variadic(int a, long b, ...) { return a; }
int variadic_stack(long a, long b, long c, long d, long e, long f, char g, ...) { return g; }
int old_style(a, b) int a; float b; { return a + b; }
int no_arguments() { return 1; }
static int unseen(struct large a) { return a.a[1]; }
int (*pointer)(struct large) = unseen;
__attribute__((ukl_gate)) void open_gate(void) { }
__attribute__((ukl_nogate)) void no_gate(void) { }
__attribute__((ms_abi)) int windows(int a, int b, int c, int d, int e) { return e; }
__attribute__((no_caller_saved_registers, target("general-regs-only"))) void saves_all(void) { }
__attribute__((interrupt, target("general-regs-only"))) void vector(void *frame) { }
int vectors(double x __attribute__((vector_size(64))), double y) { return y; }
_Complex long double two_on_the_x87(void) { return 1; }
void outer(int n)
{
	__label__ out;
	struct varying { char c[n]; };
	struct varying varying(void) { struct varying v; v.c[0] = n; if (n == 7) goto out; return v; }
	int inner(struct large a) { return a.a[0] + n; }
	extern void take(void *, void *);
	take(inner, varying);
out:	return;
}
EOF
# Each: name, stack bytes, bytes returned through a pointer, flags, group.
while read -r name wanted; do
	holds "record of $name" same "$wanted" "$(record "$name" kinds.c -O2)"
done <<'EOF'
variadic 0 0 0x102081 -
variadic_stack 8 0 0x106081 -
old_style 0 0 0x111082 -
no_arguments 0 0 0x100082 -
unseen 40 0 0x100080 -
open_gate 0 0 0x84 -
no_gate 0 0 0x88 -
windows 40 0 0x10 -
saves_all 0 0 0x10 -
vector 0 0 0x10 -
vectors 64 0 0x110680 -
two_on_the_x87 0 0 0x3000080 -
EOF
nested() {
	record x kinds.c -O0
	same 40 "$(./abi-records one.o | sed -n 's/^inner\.[0-9]* \([0-9]*\) 0 0x1000c0 .*/\1/p')" &&
		same 0 "$(./abi-records one.o | sed -n 's/^varying\.[0-9]* \([0-9]*\) 0 0x50 .*/\1/p')"
}
holds "records of nested functions" nested
holds "a vector of 64 bytes in a register" same "0 0 0x120080 -" "$(record vectors kinds.c -O2 -mavx512f)"

cat >classes.cc <<'EOF'
#include <string>
struct A { virtual long f(long, long, long, long, long, long) = 0; };
struct B { virtual long g(long, long, long, long, long, long, long double) = 0; virtual B *self() = 0; };
struct V { virtual void h(int, int, int, int, int, int); virtual std::string s(int); };
struct C : A, B, virtual V {
	long f(long, long, long, long, long, long) override;
	long g(long, long, long, long, long, long, long double) override;
	C *self() override;
	void h(int, int, int, int, int, int) override;
	std::string s(int) override;
};
long C::f(long, long, long, long, long, long) { return 1; }
long C::g(long, long, long, long, long, long, long double) { return 1; }
C *C::self() { return this; }
void C::h(int, int, int, int, int, int) { }
std::string C::s(int) { return "s"; }
struct Empty { };
int empty(Empty, int, long double, Empty) { return 1; }
template <class T> T twice(T x) { return x + x; }
template long double twice(long double);
inline int once(int x) { static int n; return n += x; }
int (*pointer)(int) = once;
EOF
while read -r name wanted; do
	for option in -O0 -O2; do
		holds "record of $name, $option" same "$wanted" "$(record "$name" classes.cc $option)"
	done
done <<'EOF'
_ZN1C1fEllllll 8 0 0x106080 -
_ZN1C1gElllllle 32 0 0x106080 -
_ZThn8_N1C1gElllllle 32 0 0x106080 -
_ZTchn8_h8_N1C4selfEv 0 0 0x101080 -
_ZTv0_n24_N1C1hEiiiiii 8 0 0x6080 -
_ZTv0_n32_N1C1sB5cxx11Ei 0 32 0x1030a0 -
EOF

# Functions of OBJECT, by where they are: aliases are one, cold parts are none.
functions_of() {
	"$tool-readelf" -sW "$1" | awk '$4 == "FUNC" && $7 != "UND" && $8 !~ /\.cold(\.|$)/ { print $7, $2 }' | sort -u
}
one_each() {
	"$cc" -O2 -w "$@" -c -o one.o && ./abi-records one.o >got &&
		same "$(functions_of one.o | wc -l)" "$(wc -l <got)" && same "" "$(awk '{ print $1 }' got | sort | uniq -d)"
}
cat >split.c <<'EOF'
struct s { long a[4]; };
extern void out(int) __attribute__((cold));
extern void abort(void) __attribute__((noreturn));
int cold(struct s x, int n)
{
	if (n < 0) { out(n); out(1); abort(); }
	return x.a[3] + n;
}
static __attribute__((noinline)) int many(int a, struct s x, int b)
{
	int r = 0;
	for (int i = 0; i < b; i++)
		r += a * x.a[i & 3];
	return r;
}
int five(struct s x) { return many(3, x, 5); }
int seven(struct s x) { return many(3, x, 7); }
int part(int *p, int n)
{
	if (!p)
		return 0;
	for (int i = 0; i < n; i++) { out(p[i]); out(p[i] + n); out(i); out(n); out(n + i); }
	return n;
}
int parts(int *p, int n) { return part(p, n) + part(p, n + 1) + part(p, n + 2); }
int same_code(struct s x) { return x.a[0]; }
int same_code_too(struct s x) { return x.a[0]; }
int named(struct s x) __attribute__((alias("cold")));
EOF
holds "one record for each function, with cold parts, clones and aliases" one_each split.c
holds "which the source has: a cold part" grep -q 'cold\.cold' <("$tool-nm" one.o)
holds "a split function" grep -q '^part\.part\.[0-9]* 0 0 0x102080' got
holds "a clone, with the arguments that are left" grep -q '^many\.constprop\.[0-9]* 32 0 0x101080' got
holds "one record for each function of C++" one_each classes.cc
holds "with -ffunction-sections too" one_each classes.cc -ffunction-sections

holds "a function in a COMDAT group has its record there" same "0 0 0x101080 _Z4oncei" "$(record _Z4oncei classes.cc -O2)"
holds "so has an instantiated template" same "16 0 0x1000080 _Z5twiceIeET_S0_" "$(record _Z5twiceIeET_S0_ classes.cc -O2)"

printf 'inline int once(int x) { static int n; return n += x; }\nint (*POINTER)(int) = once;\nstatic long own(long double x) { return x; }\nlong (*POINTER2)(long double) = own;\n' >twice.cc
relocatable() {
	"$cxx" -O2 -DPOINTER=p1 -DPOINTER2=q1 -c twice.cc -o r1.o && "$cxx" -O2 -DPOINTER=p2 -DPOINTER2=q2 -c twice.cc -o r2.o &&
		"$cc" -r -nostdlib r1.o r2.o -o r.o && ./abi-records r.o | sort >got && cat got &&
		same "_ZL3owne _ZL3owne _Z4oncei" "$(awk '{ printf "%s%s", sep, $1; sep = " " }' <(LC_ALL=C sort -r got))" &&
		grep -qx '_ZL3owne 16 0 0x100080 1 - place' got
}
holds "-r keeps the records, of a COMDAT function one" relocatable

weak() {
	printf '__attribute__((weak)) int f(int a, long double b) { return a; }\n' >weak.c
	"$cc" -O2 -c weak.c && same "f 16 0 0x101080 1 - place" "$(./abi-records weak.o)"
}
holds "the record of a weak function is not another's of its name" weak

# A program with records is the one without, to the byte.
cat >program.c <<'EOF'
#include <stdio.h>
struct s { long a[4]; };
__attribute__((noinline)) long take(struct s x) { return x.a[3]; }
__attribute__((weak)) int weak(void) { return 1; }
long unused(struct s x) { return x.a[1]; }
int main(void) { struct s x = { { 1, 2, 3, 4 } }; printf("%ld %d\n", take(x), weak()); return 0; }
EOF
identical() {
	"$cc" -O2 "$@" program.c -o with && "$cc" -O2 -mno-ukl-abi "$@" program.c -o without && cmp with without
}
holds "an image is the same to the byte without records" identical
holds "a plain program too" identical -mno-image -ffunction-sections -Wl,--gc-sections
holds "a record does not keep its function" fails grep -qw unused <("$tool-nm" with)
holds "-mno-ukl-abi writes none" same "" "$(record take program.c -mno-ukl-abi)"
bits32() {
	printf 'int f(int a) { return a; }\n' >bits32.c
	"$cc" -m32 -O2 -S bits32.c && grep -q '^f:' bits32.s && fails grep -q ukl bits32.s
}
holds "nor does code for 32 bits" bits32

# Link-time optimization: what comes out of it has records, what goes in has none yet.
lto() {
	printf 'struct s { long a[6]; };\nlong two(struct s);\n__attribute__((ukl_gate)) long one(struct s x, long double y) { return two(x) + y; }\nint shared __attribute__((ukl_shared));\n' >l1.c
	printf 'struct s { long a[6]; };\nlong two(struct s x) { return x.a[5]; }\nint plain() { return 1; }\n' >l2.c
	"$cc" -O2 -flto -c l1.c && "$cc" -O2 -flto -c l2.c && same "" "$(./abi-records l1.o)" &&
		"$cc" -O2 -r -flto -flinker-output=nolto-rel l1.o l2.o -o lto.o && ./abi-records lto.o | sort >got && diff - got <<-'EOF'
			one 64 0 0x100084 1 - name
			plain 0 0 0x100082 1 - name
			two 48 0 0x100080 1 - name
		EOF
}
holds "records of a unit that was optimized as a whole" lto
holds "which keeps shared variables apart" grep -Eq '\.ukl\.shared\.bss[[:space:]]+[0-9a-f]+ shared$' <("$tool-objdump" -t lto.o)
fat() {
	"$cc" -O2 -flto -ffat-lto-objects -c l1.c && same "one 64 0 0x100084 1 - name" "$(./abi-records l1.o)"
}
holds "records of an object with code for both" fat
per_function() {
	"$cc" -O2 -flto -mno-ukl-abi -c l1.c && "$cc" -O2 -flto -c l2.c &&
		"$cc" -O2 -r -flto -flinker-output=nolto-rel l1.o l2.o -o lto.o && ./abi-records lto.o | sort >got && cat got &&
		same "plain two" "$(awk '{ printf "%s%s", sep, $1; sep = " " }' got)"
}
holds "-mno-ukl-abi holds for the functions of its own source" per_function

# Shared variables, and what is none.
cat >shared.cc <<'EOF'
#define SHARED __attribute__((ukl_shared))
int zero SHARED;
int set SHARED = 1;
static int own SHARED = 2;
static long table[100] SHARED;
const int constant SHARED = 3;
extern const int *const address SHARED = &set;
thread_local int thread SHARED = 4;
inline int merged SHARED = 5;
struct S { static int member SHARED; };
int S::member = 6;
extern int late SHARED;
int late = 7;
int once() { static int inside SHARED = 8; return ++inside + ++own + ++table[3] + ++thread + constant; }
int *use = &merged;
EOF
section_of() {
	"$tool-objdump" -t shared.o | awk -v n="$1" '$NF == n { print $(NF - 2) }'
}
"$cxx" -O2 -c shared.cc
while read -r name section; do
	holds "$name is in $section" same "$section" "$(section_of "$name")"
done <<'EOF'
zero .ukl.shared.bss
set .ukl.shared.data
_ZL3own .ukl.shared.data
_ZL5table .ukl.shared.bss
address .rodata
thread .tdata
merged .ukl.shared.data.merged
_ZN1S6memberE .ukl.shared.data
late .ukl.shared.data
_ZZ4oncevE6inside .ukl.shared.data
EOF
holds ".ukl.shared.bss takes no room in the file" grep -Eq ' \.ukl\.shared\.bss +NOBITS ' <("$tool-readelf" -SW shared.o)
"$cxx" -O2 -fdata-sections -c shared.cc
holds "-fdata-sections gives each a section" same .ukl.shared.bss.zero "$(section_of zero)"
common() {
	printf 'extern int x __attribute__((ukl_shared));\nint x;\n' >common.c
	"$cc" -fcommon -c common.c -o shared.o && same .ukl.shared.bss "$(section_of x)"
}
holds "no shared variable is common" common

# Misuse: one error, that names the thing.
misuse() {
	local wanted=$1 source=$2
	rm -f misuse.o
	printf '%s\n' "$source" >misuse.cc
	fails "$cxx" -c misuse.cc -o misuse.o 2>messages && cat messages && [[ ! -e misuse.o ]] &&
		same 1 "$(grep -c 'error:' messages)" && grep -qF -- "$wanted" messages
}
while IFS='|' read -r source wanted; do
	holds "error: $wanted" misuse "$wanted" "$source"
done <<'EOF'
void f() { int x __attribute__((ukl_shared)); }|attribute 'ukl_shared' is not for variables on the stack: make 'x' static
struct s { int x __attribute__((ukl_shared)); };|attribute 'ukl_shared' is for variables, 'x' is none
void f() __attribute__((ukl_shared));|attribute 'ukl_shared' is for variables, 'void f()' is none
int x __attribute__((ukl_shared, section(".mine")));|attribute 'ukl_shared' and a section of its own do not go together for 'x': leave one out
int x __attribute__((ukl_gate));|attribute 'ukl_gate' is for functions, 'x' is none
void f() __attribute__((ukl_gate, ukl_nogate));|'void f()' is both 'ukl_nogate' and 'ukl_gate': leave one out
void f() __attribute__((ukl_nogate)); __attribute__((ukl_gate)) void f() { }|'void f()' is both 'ukl_gate' and 'ukl_nogate' in its declarations: leave one out
void f() __attribute__((ukl_gate(1)));|wrong number of arguments specified for 'ukl_gate' attribute
EOF

summary
