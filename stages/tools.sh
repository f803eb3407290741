# shellcheck shell=bash
# The launcher, which runs on the host.
set -e

make -C "$FILES/run" -j"$JOBS" CC=gcc CFLAGS="-O2 $MAP"
make -C "$FILES/run" install CC=gcc CFLAGS="-O2 $MAP" DESTDIR="$STAGING" PREFIX="$PREFIX"
strip "$DEST/bin/$TARGET-run"
