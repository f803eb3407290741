# shellcheck shell=bash
# A kernel beside the default one: cloud.config and ukl.config with the lines of a fragment in place of its own.
set -e
# shellcheck source=SCRIPTDIR/kernel.inc
. "$FILES/stages/kernel.inc"

# The options that a configuration sets or unsets, one per line.
fragment_options() { sed -nE 's/^(# )?(CONFIG_[A-Za-z0-9_]+)(=.*| is not set)$/\2/p' "$1"; }

# fragment_overlay CONFIG FRAGMENT: CONFIG with FRAGMENT's lines in place of its own.
fragment_overlay() {
	awk 'function option(line) { sub(/^# /, "", line); sub(/(=.*| is not set)$/, "", line); return line }
		NR == FNR { if (/^(# )?CONFIG_/) changed[option($0)]; next }
		!(/^(# )?CONFIG_/ && option($0) in changed)' "$2" "$1"
	cat "$2"
}

# fragment_check DOTCONFIG FRAGMENT: what the user asked for is there.
fragment_check() {
	local line option
	fragment_options "$2" | sort -u >asked
	find "$SRC/linux/" -name 'Kconfig*' -exec sed -nE 's/^[[:space:]]*(menu)?config[[:space:]]+([A-Za-z0-9_]+).*/CONFIG_\2/p' {} + |
		sort -u >known
	option=$(comm -23 asked known | head -n 1)
	[ -z "$option" ] || fragment_refuse "$option: this Linux has no such option"
	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%n}" "$1" || fragment_refuse "$line has no effect: another option selects it" ;;
		CONFIG_*) grep -qxF -- "$line" "$1" || fragment_refuse "$line has no effect: what it depends on is off, or its value is none" ;;
		'# CONFIG_'*' is not set')
			option=${line#\# }
			! grep -q "^${option% is not set}=" "$1" || fragment_refuse "$line has no effect: another option selects it"
			;;
		esac
	done <"$2"
	# What an image cannot do without; the linker script is made for SMP.
	for option in UKL SMP PVH BLK_DEV_INITRD BINFMT_ELF DEVTMPFS VIRTIO_CONSOLE; do
		grep -qx "CONFIG_$option=y" "$1" || fragment_refuse "CONFIG_$option is off, but an image needs it"
	done
}

fragment_refuse() {
	echo "$1" | tee "$REFUSED" >&2
	false
}

name=${STAGE#kernel-}
cat "$FILES/linux-patches/cloud.config" "$FILES/linux-patches/ukl.config" >default
fragment_overlay default "$FILES/fragment" >config
# What depends on an option that the fragment takes away goes with it, so of cloud's lines some have no
# effect; of the fragment's all must.
kernel_configure "$PWD/config" "$PWD/build" || [ -f build/.config ]
fragment_check build/.config "$FILES/fragment"
kernel_make vmlinux_o init/version-timestamp.o arch/x86/kernel/vmlinux.lds

lib=$DEST/$TARGET/sysroot/usr/lib/ukl/$name
mkdir -p "$lib" "$DEST/share/ukl/kernels"
CROSS="$TARGET-" "$FILES/linker-scripts/make-kernel-object" build "$lib" 2>why || { cat why >&2; fragment_refuse "$(tail -n 1 why)"; }
# KASAN describes global variables with file names that -ffile-prefix-map does not reach. As long as they were,
# because they are not moved.
LC_ALL=C sed -i "s|$SRC/linux/|${SRC//?//}/linux/|g" "$lib/ukl-kernel.o"
# A fragment may ask for a root file system without busybox.
if grep -qx '# rootfs: init' "$FILES/fragment"; then cp "$KEEP/rootfs/ukl-rootfs.o" "$lib/"; fi
# From this the same stage can be made again.
cp "$FILES/fragment" "$DEST/share/ukl/kernels/$name.config"
