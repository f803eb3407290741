# shellcheck shell=bash
# The compilers. This is the only time that GCC as a whole is configured: libgcc and libstdcxx
# are configured alone, against what this stage installs and saves.
set -e

# By environment: as arguments they would show in `gcc -v`, with the name of the build folder.
export CFLAGS="-O2 $MAP" CXXFLAGS="-O2 $MAP"

config=(
	--target="$TARGET" --prefix="$PREFIX" --with-sysroot="$PREFIX/$TARGET/sysroot"
	--with-pkgversion="$UKL_PKGVERSION" ${UKL_BUGURL:+"--with-bugurl=$UKL_BUGURL"}
	--enable-languages="c,c++,lto" --enable-lto --enable-threads=posix --enable-tls --enable-__cxa_atexit
	--with-glibc-version=2.36 --with-system-zlib --with-isl
	--disable-bootstrap --disable-multilib --disable-nls --disable-plugin --disable-shared --disable-libcc1
	--disable-libitm --disable-libquadmath --disable-libsanitizer --disable-libssp --disable-libvtv
	--disable-libstdcxx-pch
)
../src/gcc/configure "${config[@]}"

# No headers to repair: ours are new. An empty folder keeps this stage independent of them, and
# limits.h must be told that there will be one to include. GCC's top makefile drops variables
# of the command line, so they go into the makefile below.
make -j"$JOBS" configure-gcc MAKEINFO=true
mkdir no-headers
# shellcheck disable=SC2016 # for make to expand
sed -i -e 's|^BUILD_SYSTEM_HEADER_DIR = .*|BUILD_SYSTEM_HEADER_DIR = $(objdir)/../no-headers|' \
	-e 's|^LIMITS_H_TEST = .*|LIMITS_H_TEST = true|' gcc/Makefile
make -j"$JOBS" all-gcc MAKEINFO=true
make install-strip-gcc DESTDIR="$STAGING" MAKEINFO=true
rm -rf "$DEST/share/info"

# What libgcc's makefile reads of this folder.
mkdir "$SAVE/gcc"
cp gcc/libgcc.mvars gcc/*.h "$SAVE/gcc/"
