# shellcheck shell=bash
# What libgcc and glibc are compiled against: the kernel's and glibc's headers. Neither depends on
# our changes, so both come from the untouched sources, and the host's compiler serves to
# configure glibc.
set -e

sysroot=$DEST/$TARGET/sysroot

make -C "$SRC/linux" O="$PWD/linux" headers_install INSTALL_HDR_PATH="$sysroot/usr"

mkdir glibc
cd glibc
../../src/glibc/configure --prefix=/usr --host=x86_64-linux-gnu --with-headers="$sysroot/usr/include" \
	--disable-werror CC=gcc CXX=g++
make install-headers install-bootstrap-headers=yes install_root="$sysroot"
# Made by a full build only; libgcc includes it without needing what is in it.
touch "$sysroot/usr/include/gnu/stubs.h"

# What later stages want of the kernel's source, so that they need not unpack it.
cp "$SRC/linux/arch/x86/entry/syscalls/syscall_64.tbl" "$SRC/linux/usr/gen_init_cpio.c" "$SAVE/"
cp -R "$SRC/linux/tools/include/nolibc" "$SAVE/"
