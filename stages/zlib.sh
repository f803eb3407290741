# shellcheck shell=bash
set -e
# shellcheck source=SCRIPTDIR/library.inc
. "$FILES/stages/library.inc"

CHOST=$TARGET ../src/zlib/configure --static --prefix=/usr
make -j"$JOBS" libz.a
make install DESTDIR="$sysroot"
library_trim
library_license zlib "$SRC/zlib/README"
