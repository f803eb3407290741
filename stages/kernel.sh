# shellcheck shell=bash
# Linux as a relocatable object, and the linker script that joins it with a program.
set -e

lib=$DEST/$TARGET/sysroot/usr/lib
config=$FILES/linux-patches/cloud.config

export KBUILD_BUILD_TIMESTAMP="@$SOURCE_DATE_EPOCH" KBUILD_BUILD_USER=ukl KBUILD_BUILD_HOST=ukl KBUILD_BUILD_VERSION=1
kernel=(make -C "$SRC/linux" O="$PWD" ARCH=x86_64 CROSS_COMPILE="$TARGET-" KCFLAGS="$MAP" KAFLAGS="$MAP")

"${kernel[@]}" KCONFIG_ALLCONFIG="$config" allnoconfig
# Kconfig drops silently what it does not know or what lacks a dependency.
missing=$(grep '^CONFIG_.*=' "$config" | grep -vxFf .config || true)
[ -z "$missing" ] || { echo "the kernel's configuration ignores: $missing" >&2; false; }

"${kernel[@]}" -j"$JOBS" vmlinux_o init/version-timestamp.o arch/x86/kernel/vmlinux.lds

mkdir -p "$lib"
CROSS="$TARGET-" "$FILES/linker-scripts/make-kernel-object" . "$lib"
