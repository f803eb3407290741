# shellcheck shell=bash
# The libraries of GCC that need a C library: C++, OpenMP, atomics. Each is configured alone, with
# the installed compiler, so that a change in glibc does not rebuild GCC.
set -e

build=$("$SRC/gcc/config.guess")
version=$("$TARGET-gcc" -dumpversion)
# Without records of calling sequences: this code runs with its caller's rights, no gate leads to it.
config=(
	--build="$build" --host="$TARGET" --target="$TARGET" --prefix="$PREFIX"
	--with-cross-host="$build" --with-target-subdir="$TARGET"
	--disable-multilib --disable-nls --disable-shared --enable-threads=posix
	CC="$TARGET-gcc -mno-ukl-abi" AR="$TARGET-ar" RANLIB="$TARGET-ranlib" NM="$TARGET-nm" LD="$TARGET-ld"
	# Link tests must not need the kernel, which comes later.
	LDFLAGS=-mno-image
)

# library NAME CONFIGURE-ARGUMENT...: three levels deep, as in GCC's own build folder.
library() {
	local name=$1
	shift
	mkdir -p "$TARGET/$name"
	cd "$TARGET/$name"
	"../../../src/gcc/$name/configure" "${config[@]}" "$@"
	make -j"$JOBS" MAKEINFO=true
	make install DESTDIR="$STAGING" MAKEINFO=true
	cd ../..
}

# Made by the build of libgcc; without it there is no std::thread.
ln -s gthr-posix.h "$SRC/gcc/libgcc/gthr-default.h"

# The C driver compiles C++ by file name and does not want the library that is about to be built.
library libstdc++-v3 CXX="$TARGET-gcc -mno-ukl-abi -nostdinc++" CFLAGS="-O2 $MAP" CXXFLAGS="-O2 $MAP" \
	--disable-libstdcxx-pch --with-gxx-include-dir="$PREFIX/$TARGET/include/c++/$version"
library libatomic CFLAGS="-O2 $MAP"
# Its futex.h calls the kernel from inline assembly, which overwrites a red zone.
# No offloading: plugins are shared libraries, and every OpenMP program would link with a warning.
library libgomp CFLAGS="-O2 -mno-red-zone $MAP" ac_cv_lib_dl_dlsym=no
rm -rf "$DEST/share/info"
