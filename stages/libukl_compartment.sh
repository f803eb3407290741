# shellcheck shell=bash
# The runtime of programs with compartments, which ld adds to a link that has any. After glibc,
# against whose headers it is compiled, with the gcc that writes down how functions take arguments.
set -e

make -C "$FILES/libukl_compartment" O="$PWD" CROSS="$TARGET-" CFLAGS="-O2 -Wall -Wextra -Werror $MAP" \
	install DESTDIR="$DEST/$TARGET/sysroot" LIBDIR=/usr/lib INCLUDEDIR=/usr/include
