#!/usr/bin/env bash
# Without the launcher: devices that are named on the kernel's command line, arguments that are in the image, and
# the boot protocols of other monitors than QEMU. Firecracker itself needs KVM; what it loads, by which rules, with which
# state of the CPU it starts the kernel, and what it writes into memory is done here by src/monitor.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$hostcc" -O2 "$testsuite/tests/src/tcp.c" -o tcp-host
"$cc" -O2 "$testsuite/tests/src/tcp.c" -o tcp
"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool

### A machine with one virtio-mmio device, a keyboard controller to be reset by, a serial port; nothing that describes them

# bare KERNEL WORDS QEMU-OPTION...
bare() {
	timeout 100 "${UKL_QEMU:-qemu-system-x86_64}" -M microvm,acpi=off,ioapic2=off,rtc=on,auto-kernel-cmdline=off -accel tcg -cpu max -m 512M \
		-nodefaults -no-user-config -display none -no-reboot -serial stdio -device i8042 -kernel "$1" -append "$2" "${@:3}" </dev/null >bare.raw
	tr -d '\r' <bare.raw | tee bare.out
}
# On a busy host the guest cannot measure its clock; KVM tells it, and so does the launcher.
tsc=$(TMPDIR=$PWD "$run" --dry-run tool 2>/dev/null | grep -o 'tcg_tsc_khz=[0-9]*' || true)
card=(-netdev 'user,id=net' -device 'virtio-net-device,netdev=net,bus=virtio-mmio-bus.7')
words="console=ttyS0 quiet panic=-1 reboot=k $tsc virtio_mmio.device=512@0xfeb00e00:12 ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off:10.0.2.3"

# fetched KERNEL OPTION...: the image's program reaches the host.
fetched() {
	local port
	coproc SERVER { ./tcp-host serve 127.0.0.1 0; }
	read -r -t 10 port <&"${SERVER[0]}"
	bare "$1" "$words -- tcp fetch 10.0.2.2 $port" "${card[@]}" "${@:2}" && grep -qx 'what the host serves' bare.out
}
holds "a device of the kernel's command line: the program fetches 1 MiB by it" fetched tcp

### The 64-bit entry, as Firecracker enters a kernel

"$hostcc" -O2 -Wall -Wextra -Werror --param=min-pagesize=0 -ffreestanding -nostdlib -static -fno-pic -no-pie -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -Wl,-T,"$testsuite/tests/src/monitor/linker.ld",--build-id=none,--no-warn-rwx-segments \
	"$testsuite/tests/src/monitor/start.S" "$testsuite/tests/src/monitor/load.c" -o monitor

holds "loaded by the rules of linux-loader and entered at e_entry: it fetches, too" fetched monitor -initrd tcp
# address_of SYMBOL: where it is in physical memory.
address_of() {
	printf '0x%08x\n' $((16#$("$tool-nm" tcp | sed -n "s/^ffffffff\(.*\) [Tt] ukl_k_$1\$/\1/p; s/^ffffffff\(.*\) [Tt] $1\$/\1/p" | head -n 1) - 16#80000000))
}
entries() {
	same "$(address_of startup_64)" "$(sed -n 's/^monitor: 64-bit entry //p' bare.out)" &&
		same "$(address_of pvh_start_xen)" "$(sed -n 's/^monitor: PVH entry //p' bare.out)"
}
holds "both entries are the kernel's" entries
stripped() { "$tool-strip" tcp -o tcp-stripped && fetched monitor -initrd tcp-stripped; }
holds "so does a stripped image" stripped
# The loader has rules, or the above shows nothing.
refused() { printf 'no ELF file at all' >text && bare monitor "$words" -initrd text && grep -qx 'monitor: refused: no ELF file' bare.out; }
holds "what is no ELF file is refused" refused
no_entry() { "$cc" -O2 -mno-image "$testsuite/tests/src/tool.c" -o plain && bare monitor "$words" -initrd plain && grep -qx 'monitor: PVH entry 0x00000000' bare.out; }
holds "a plain ELF program has no PVH entry" no_entry

### Arguments

# What follows -- is for monitors that add no words behind it; some take only one -- on the line. /ukl/config in the
# image does for all.
configured() {
	mkdir -p files/ukl && printf 'arg=server\0arg=args\0arg=--port\0arg=80 --\0env=A=b\0cwd=/tmp\0' >files/ukl/config &&
		"$cc" -O2 "$testsuite/tests/src/tool.c" -o configured -Wl,--rootfs=files &&
		bare configured "console=ttyS0 quiet panic=-1 reboot=k $tsc" && same "6:--port 5:80 --" "$(grep -v '^\[' bare.out | tr '\n' ' ' | sed 's/ $//')"
}
holds "/ukl/config in the image has the program's arguments" configured
launched() { same 3:own "$("$run" --timeout 60 ./configured args own)"; }
holds "the launcher's are in place of them" launched

summary
