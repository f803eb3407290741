# shellcheck shell=bash
# The root file system that every image carries: our init, busybox, and the files of rootfs/tree. Both
# programs are ring-3 ones.
set -e

gcc -O2 -o gen_init_cpio "$KEEP/headers/gen_init_cpio.c"
make -C "$FILES/init" -j"$JOBS" O="$PWD/init" CC="$TARGET-gcc" CFLAGS="-Os $MAP" LDFLAGS=-mno-image \
	NOLIBC="$KEEP/headers/nolibc"
JOBS=$JOBS "$FILES/rootfs/build-busybox" "$SRC/busybox" "$PWD/busybox" "$TARGET-gcc" -mno-image
"$FILES/rootfs/pack" "$PWD/gen_init_cpio" init/init busybox "$PWD/image" "$TARGET-gcc"
# The same without busybox, for kernel flavours that ask for it.
"$FILES/rootfs/pack" "$PWD/gen_init_cpio" init/init - "$PWD/small" "$TARGET-gcc"
cp small/ukl-rootfs.o "$SAVE/"

install -D -m 644 image/ukl-rootfs.o "$DEST/$TARGET/sysroot/usr/lib/ukl-rootfs.o"
install -D -m 644 "$SRC/busybox/LICENSE" "$DEST/share/licenses/busybox/LICENSE"
