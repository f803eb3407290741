# shellcheck shell=bash
# Assembler, linker and the other binary tools.
set -e

export CFLAGS="-O2 $MAP" CXXFLAGS="-O2 $MAP"

config=(
	--target="$TARGET" --prefix="$PREFIX" --with-sysroot="$PREFIX/$TARGET/sysroot"
	--with-pkgversion="$UKL_PKGVERSION" ${UKL_BUGURL:+"--with-bugurl=$UKL_BUGURL"}
	--enable-plugins --enable-deterministic-archives --with-system-zlib
	--disable-gdb --disable-gprof --disable-gprofng --disable-nls --disable-werror
)
../src/binutils/configure "${config[@]}"
make -j"$JOBS" MAKEINFO=true
make install-strip DESTDIR="$STAGING" MAKEINFO=true
rm -rf "$DEST/share/info"

# ld's verifier of images with compartments, as a program.
ld=../src/binutils/ld
# shellcheck disable=SC2086
gcc $CFLAGS -s -o "$DEST/bin/$TARGET-verify" "$ld/ukl-verify-main.c" "$ld/ukl-verify.c"
