# shellcheck shell=bash
set -e
# shellcheck source=SCRIPTDIR/library.inc
. "$FILES/stages/library.inc"

../src/readline/configure --host="$TARGET" --prefix=/usr --disable-shared --with-curses --disable-install-examples
make -j"$JOBS"
make install DESTDIR="$sysroot"
library_trim
library_license readline "$SRC/readline/COPYING"
