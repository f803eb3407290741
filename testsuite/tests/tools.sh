#!/usr/bin/env bash
# file, nm, objdump, gdb and their kin work on an image.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cp "$testsuite/tests/src/options.c" program.c
"$cc" -O1 -g program.c -o image

holds "file: an executable for x86-64, static" grep -Eq 'ELF 64-bit LSB executable, x86-64.*statically linked' <(file image)
holds "nm knows the program's functions" grep -Eq ' [Tt] main$' <("$tool-nm" image)
low() {
	local address
	address=$("$tool-nm" image | sed -n 's/ T main$//p')
	[[ $((16#$address)) -ge $((0x400000)) && $((16#$address)) -lt $((0x80000000)) ]]
}
holds "main lies low" low
holds "nm knows the kernel's" grep -q 'start_kernel' <("$tool-nm" image)
holds "the kernel lies high" grep -Eq '^ffffffff8.* [Tt] start_kernel$' <("$tool-nm" image)
holds "the host's nm and objdump read it" grep -q ' main$' <(nm image)
holds "objdump disassembles main" grep -q 'ret' <("$tool-objdump" -d --disassemble=main image)
holds "objdump -S shows its source" grep -q 'qsort(numbers' <("$tool-objdump" -S --disassemble=main image)
holds "addr2line" grep -Eq 'program.c:[0-9]+' <("$tool-addr2line" -e image "0x$("$tool-nm" image | sed -n 's/ T main$//p')")
holds "readelf finds a PVH note" grep -Eq 'Xen.*0x0+4|PHYS32_ENTRY|0x00000012' <("$tool-readelf" -n image 2>&1)
no_warnings() {
	"$tool-readelf" -aW image >/dev/null 2>messages && [[ ! -s messages ]] && "$tool-objdump" -x image >/dev/null 2>messages && [[ ! -s messages ]]
}
holds "readelf and objdump have nothing to complain about" no_warnings
holds "size" grep -q image <("$tool-size" image)
separate() {
	"$tool-objcopy" --only-keep-debug image image.debug && "$tool-strip" image -o stripped &&
		"$tool-objcopy" --add-gnu-debuglink=image.debug stripped linked &&
		same "1 1 two 0 2.500" "$("$run" --timeout 60 ./linked)"
}
holds "debug information can be kept apart" separate
nothing_writable_and_executable() {
	! "$tool-readelf" -lW image | awk '$1 == "LOAD" && $0 ~ /RWE/ && $3 !~ /^0xffffffff/ { found = 1 } END { exit !found }'
}
holds "no part of the program is both writable and executable" nothing_writable_and_executable

command -v gdb >/dev/null || {
	printf '# gdb is not installed: its tests were not run\n'
	summary
	exit
}
holds "gdb knows the source line of main" grep -Eq 'program.c' <(gdb -batch -ex 'info line main' image 2>&1)

# gdb on the running machine: stops in main, sees arguments and variables, steps.
cat >commands <<'EOF'
set pagination off
set confirm off
set tcp connect-timeout 30
target remote 127.0.0.1:1234
hbreak main
continue
backtrace
next
next
next
print constructed
hbreak by_value
continue
print *(const int *)a
backtrace 3
delete 2
hbreak vfs_write
continue
print $cs
backtrace
kill
EOF
# shellcheck disable=SC2016 # gdb's names of its values
remote() {
	local status=0
	"$run" --gdb --timeout 100 ./image >out.txt 2>err.txt &
	sleep 1
	timeout 90 gdb -batch -x commands image >gdb.txt 2>&1 || status=$?
	kill %1 2>/dev/null || true
	wait %1 2>/dev/null || true
	cat gdb.txt
	grep -Eq '^(.*hit )?Breakpoint 1, main ' gdb.txt && grep -q '^\$1 = 1' gdb.txt &&
		grep -Eq '^(.*hit )?Breakpoint 2, by_value ' gdb.txt && grep -Eq '^\$2 = [1359]$' gdb.txt
}
holds "gdb debugs the program in the machine: breakpoints, variables, backtraces" remote
# In the same session, with the same file of symbols.
# shellcheck disable=SC2016 # gdb's name of a value
kernel_too() {
	sed '1,/^Hardware assisted breakpoint 3/d' gdb.txt >kernel.txt
	grep -q 'Breakpoint 3, 0xffffffff8[0-9a-f]* in vfs_write ()' kernel.txt && grep -qx '\$3 = 16' kernel.txt
}
holds "and the kernel: a breakpoint in vfs_write" kernel_too
holds "the backtrace goes from the callback through libc to main" grep -Eq '^#[1-9].* in (qsort|__qsort|msort|main)' gdb.txt

summary
