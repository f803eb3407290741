# shellcheck shell=bash
# Linux as a relocatable object.
set -e

config=$FILES/linux-patches/cloud.config

export KBUILD_BUILD_TIMESTAMP="@$SOURCE_DATE_EPOCH" KBUILD_BUILD_USER=ukl KBUILD_BUILD_HOST=ukl KBUILD_BUILD_VERSION=1
kernel=(make -C "$SRC/linux" O="$PWD" ARCH=x86_64 CROSS_COMPILE="$TARGET-" KCFLAGS="-mno-ukl-abi $MAP" KAFLAGS="$MAP")

"${kernel[@]}" KCONFIG_ALLCONFIG="$config" allnoconfig
# Kconfig drops silently what it does not know or what lacks a dependency.
missing=$(grep '^CONFIG_.*=' "$config" | grep -vxFf .config || true)
[ -z "$missing" ] || { echo "the kernel's configuration ignores: $missing" >&2; false; }

"${kernel[@]}" -j"$JOBS" vmlinux_o init/version-timestamp.o arch/x86/kernel/vmlinux.lds

# The image's linker script is made of the kernel's own, in the stage `tools`.
mkdir -p "$SAVE/init" "$SAVE/arch/x86/kernel" "$DEST/share/licenses/linux"
cp vmlinux.o "$SAVE/"
cp init/version-timestamp.o "$SAVE/init/"
cp arch/x86/kernel/vmlinux.lds "$SAVE/arch/x86/kernel/"
# Without what only tells which tools the building machine has.
grep -v "^CONFIG_RUSTC_" .config >"$SAVE/config"
cp "$SRC/linux/COPYING" "$SRC/linux/LICENSES/preferred/GPL-2.0" "$SRC/linux/LICENSES/exceptions/Linux-syscall-note" "$DEST/share/licenses/linux/"
