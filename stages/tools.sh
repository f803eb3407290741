# shellcheck shell=bash
# What joins the kernel with a program, and what starts the result: the linker script, and the
# launcher, which runs on the host.
set -e

lib=$DEST/$TARGET/sysroot/usr/lib
mkdir -p "$lib"
CROSS="$TARGET-" "$FILES/linker-scripts/make-kernel-object" "$KEEP/kernel" "$lib"

make -C "$FILES/run" -j"$JOBS" CC=gcc CFLAGS="-O2 $MAP"
make -C "$FILES/run" install CC=gcc CFLAGS="-O2 $MAP" DESTDIR="$STAGING" PREFIX="$PREFIX"
strip "$DEST/bin/$TARGET-run"
