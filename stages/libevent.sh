# shellcheck shell=bash
set -e
# shellcheck source=SCRIPTDIR/library.inc
. "$FILES/stages/library.inc"

../src/libevent/configure --host="$TARGET" --prefix=/usr --disable-shared \
	--disable-samples --disable-libevent-regress
make -j"$JOBS"
make install DESTDIR="$sysroot"
library_trim
library_license libevent "$SRC/libevent/LICENSE"
