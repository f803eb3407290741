# shellcheck shell=bash
# Linux as a relocatable object.
set -e
# shellcheck source=SCRIPTDIR/kernel.inc
. "$FILES/stages/kernel.inc"

cat "$FILES/linux-patches/cloud.config" "$FILES/linux-patches/ukl.config" >wanted
kernel_configure "$PWD/wanted" "$PWD"
kernel_make vmlinux_o init/version-timestamp.o arch/x86/kernel/vmlinux.lds

# The image's linker script is made of the kernel's own, in the stage `tools`.
mkdir -p "$SAVE/init" "$SAVE/arch/x86/kernel" "$DEST/share/licenses/linux"
cp vmlinux.o "$SAVE/"
cp init/version-timestamp.o "$SAVE/init/"
cp arch/x86/kernel/vmlinux.lds "$SAVE/arch/x86/kernel/"
# Without what only tells which tools the building machine has.
grep -v "^CONFIG_RUSTC_" .config >"$SAVE/config"
cp "$SRC/linux/COPYING" "$SRC/linux/LICENSES/preferred/GPL-2.0" "$SRC/linux/LICENSES/exceptions/Linux-syscall-note" "$DEST/share/licenses/linux/"
