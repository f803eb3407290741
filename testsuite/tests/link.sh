#!/usr/bin/env bash
# What the link keeps of the stock tools, and what it refuses.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

hello=$testsuite/tests/src/hello.c

# Partial links and links by the user's own rules have no kernel in them.
has_kernel() {
	grep -q startup_64 <("$tool-nm" "$1" 2>&1)
}

printf 'int helper(void) { return 3; }\n' >part1.c
printf 'int helper(void); int main(void) { return helper(); }\n' >part2.c
"$cc" -O1 -c part1.c part2.c

relocatable() {
	"$cc" -r part1.o part2.o -o both.o && "$cc" both.o -o both &&
		! has_kernel both.o && grep -q relocatable <(file both.o) && same 3 "$(status_of "$run" --timeout 60 ./both)"
}
holds "-r makes a plain relocatable file, which links on" relocatable

# A program without libc, for the host as it is: exit(5).
cat >bare.s <<'EOF'
.globl _start
_start:	mov $60, %eax
	mov $5, %edi
	syscall
EOF
without_libraries() {
	"$cc" -nostdlib -mno-image bare.s -o bare && same 5 "$(status_of ./bare)"
}
holds "-nostdlib -mno-image gives a program that the host runs" without_libraries

stock_nostdlib() {
	"$cc" -nostdlib bare.s -o bare-stock && ! has_kernel bare-stock && same 5 "$(status_of ./bare-stock)"
}
holds "-nostdlib alone does too: it is stock, so without a kernel" stock_nostdlib

cat >own.lds <<'EOF'
ENTRY(_start)
SECTIONS { . = 0x10000000; .text : { *(.text*) } /DISCARD/ : { *(.note*) } }
EOF
own_script() {
	"$cc" -nostdlib -static -T own.lds bare.s -o own && ! has_kernel own &&
		grep -q 'Entry point.*0x10000000' <("$tool-readelf" -h own) && same 5 "$(status_of ./own)"
}
holds "-T takes the user's script, stock" own_script

direct_ld() {
	"$tool-as" bare.s -o bare.o && "$tool-ld" bare.o -o by-ld && same 5 "$(status_of ./by-ld)"
}
holds "ld by hand is stock" direct_ld

plain() {
	"$cc" -mno-image -O2 "$hello" -o plain && ! has_kernel plain && same "hello from ring 3" "$(./plain)"
}
holds "-mno-image gives a program for ring 3 that the host runs" plain
holds "which the launcher refuses" same 126 "$(status_of "$run" ./plain)"

image() {
	"$cc" -O2 "$hello" -o image && has_kernel image && same "hello from ring 0" "$("$run" --timeout 60 ./image)"
}
holds "the default is an image, in ring 0" image

stripped() {
	cp image stripped && "$tool-strip" stripped && same "hello from ring 0" "$("$run" --timeout 60 ./stripped)" &&
		note "stripped: $(stat -c %s stripped) bytes" && [[ $(stat -c %s stripped) -le $((12 << 20)) ]]
}
note() {
	printf '# %s\n' "$*"
}
! default_kernel || holds "a stripped image boots and has at most 12 MiB" stripped
! default_kernel || holds "32 MiB of memory are enough" same "hello from ring 0" "$("$run" --mem 32M --timeout 60 ./image)"

twice() {
	"$cc" -O2 "$hello" -o image2 && cmp image image2
}
holds "the same link twice gives the same bytes" twice

seconds_of() {
	local start=$EPOCHREALTIME
	"$@" >/dev/null 2>&1 || return
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }'
}
fast() {
	"$cc" -c -O2 "$hello" -o hello.o && "$hostcc" -c -O2 "$hello" -o host.o || return
	local ours theirs
	ours=$(seconds_of "$cc" hello.o -o timed) theirs=$(seconds_of "$hostcc" -static host.o -o timed-host)
	note "link: $ours s, the host's static link: $theirs s"
	# Ten times what it takes alone: the machine may be busy with other tests.
	awk -v s="$ours" 'BEGIN { exit !(s < 5) }'
}
holds "a link takes no longer than a program's" fast

cat >undefined.c <<'EOF'
int no_such_function(void);
long ukl_sys_no_such_call(void);
int main(void) { return no_such_function() + (int)ukl_sys_no_such_call(); }
EOF
undefined() {
	rm -f undefined
	fails "$cc" undefined.c -o undefined 2>messages && [[ ! -e undefined ]] &&
		grep -q "undefined reference to .no_such_function'" messages &&
		grep -q "undefined reference to .ukl_sys_no_such_call'" messages
}
holds "undefined symbols: the stock linker's message, and no file" undefined

kernel_private() {
	printf 'int printk(const char *, ...); int main(void) { return printk("x"); }\n' >private.c
	rm -f private
	fails "$cc" private.c -o private 2>messages && [[ ! -e private ]] && grep -q "undefined reference to .printk'" messages
}
holds "the kernel's own functions are not the program's to call" kernel_private

duplicate() {
	printf 'int helper(void) { return 4; }\n' >part3.c
	"$cc" -c part3.c
	fails "$cc" part1.o part2.o part3.o -o duplicate 2>messages && [[ ! -e duplicate ]] &&
		grep -q 'multiple definition of .helper' messages
}
holds "duplicate symbols: the stock message, and no file" duplicate

no_main() {
	fails "$cc" part1.o -o no-main 2>messages && [[ ! -e no-main ]] && grep -q 'undefined reference to .main' messages
}
holds "a program without main: the stock message, and no file" no_main

sets() {
	cat >set.c <<'EOF'
#include <stdio.h>
#define MEMBER(n) static const int m##n __attribute__((section("numbers"), used)) = n
MEMBER(1); MEMBER(2); MEMBER(3);
extern const int __start_numbers[], __stop_numbers[];
int main(void) { int sum = 0; for (const int *p = __start_numbers; p < __stop_numbers; p++) sum += *p; return sum; }
EOF
	"$cc" -O2 set.c -o set && same 6 "$(status_of "$run" --timeout 60 ./set)"
}
holds "a section of the program's own has __start_ and __stop_ symbols" sets

indirect() {
	cat >ifunc.c <<'EOF'
static int nine(void) { return 9; }
static int (*resolve(void))(void) { return nine; }
int chosen(void) __attribute__((ifunc("resolve")));
int main(void) { return chosen(); }
EOF
	"$cc" -O2 ifunc.c -o ifunc && same 9 "$(status_of "$run" --timeout 60 ./ifunc)"
}
holds "an indirect function is resolved at the start" indirect

full_disk() {
	fails "$cc" -O2 "$hello" -o /dev/full 2>messages && [[ -s messages ]]
}
[[ ! -w /dev/full ]] || holds "an output that cannot be written is an error" full_disk

summary
