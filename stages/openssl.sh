# shellcheck shell=bash
set -e
# shellcheck source=SCRIPTDIR/library.inc
. "$FILES/stages/library.inc"

# Its configuration records the compiler flags in the library, so nothing of the build folder may be
# in them. no-dso: providers and engines are linked in, as nothing can be loaded.
unset CC AR RANLIB NM CFLAGS
../src/openssl/Configure linux-x86_64 --cross-compile-prefix="$TARGET-" --prefix=/usr --libdir=lib \
	--openssldir=/etc/ssl no-shared no-dso no-tests
make -j"$JOBS" build_libs
make install_dev DESTDIR="$sysroot"
library_trim
library_license openssl "$SRC/openssl/LICENSE.txt"
