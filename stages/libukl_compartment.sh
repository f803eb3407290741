# shellcheck shell=bash
# The runtime of programs with compartments, which ld adds to their links.
set -e

# What the kernel's part defines for it; the headers that were installed are stock ones.
mkdir -p include/asm
cp "$FILES/linux-patches/new/arch/x86/include/uapi/asm/ukl_compartment.h" include/asm/

mkdir build
make -C "$FILES/libukl_compartment" -j"$JOBS" install O="$PWD/build" CFLAGS="-O2 -I$PWD/include $MAP" \
	DESTDIR="$DEST/$TARGET/sysroot" LIBDIR=/usr/lib INCLUDEDIR=/usr/include
