# shellcheck shell=bash
set -e
# shellcheck source=SCRIPTDIR/library.inc
. "$FILES/stages/library.inc"

../src/pcre2/configure --host="$TARGET" --prefix=/usr --disable-shared --enable-jit
make -j"$JOBS" libpcre2-8.la libpcre2-posix.la
make install DESTDIR="$sysroot"
library_trim
library_license pcre2 "$SRC/pcre2/LICENCE"
