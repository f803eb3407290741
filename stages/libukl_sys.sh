# shellcheck shell=bash
# The kernel's entry points for a program that is linked as a plain ELF (-mno-image). Before glibc
# and libstdcxx, because link tests need it as much as programs do.
set -e

make -C "$FILES/libukl_sys" O="$PWD" TBL="$KEEP/headers/syscall_64.tbl" CROSS="$TARGET-" \
	install DESTDIR="$DEST/$TARGET/sysroot" LIBDIR=/usr/lib
