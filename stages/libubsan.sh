# shellcheck shell=bash
# What -fsanitize=undefined reports with: of GCC's sanitizers the one that needs no memory layout of its own.
set -e

build=$("$SRC/gcc/config.guess")
config=(
	--build="$build" --host="$TARGET" --target="$TARGET" --prefix="$PREFIX"
	--with-cross-host="$build" --with-target-subdir="$TARGET"
	--disable-multilib --disable-shared
	# Without records of calling sequences, as all of GCC's libraries.
	CC="$TARGET-gcc -mno-ukl-abi" CXX="$TARGET-g++ -mno-ukl-abi" CFLAGS="-O2 $MAP" CXXFLAGS="-O2 $MAP"
	AR="$TARGET-ar" RANLIB="$TARGET-ranlib" NM="$TARGET-nm" LD="$TARGET-ld" LDFLAGS=-mno-image
)
mkdir -p "$TARGET/libsanitizer"
cd "$TARGET/libsanitizer"
../../../src/gcc/libsanitizer/configure "${config[@]}"
for part in libbacktrace sanitizer_common interception; do
	make -C "$part" -j"$JOBS"
done
# It looks for libstdc++ where GCC's own build folder would have it; an archive needs none.
make -C ubsan -j"$JOBS" libubsan.la LIBSTDCXX_RAW_CXX_LDFLAGS=

lib=$DEST/lib/gcc/$TARGET/$("$TARGET-gcc" -dumpversion)
mkdir -p "$lib"
"$TARGET-strip" --strip-debug -o "$lib/libubsan.a" ubsan/.libs/libubsan.a
# The driver puts it behind libstdc++, whose type information it reads.
sed '/^\*link_libubsan:/s/:/: -lstdc++/' libsanitizer.spec >"$lib/libsanitizer.spec"
grep -q '^\*link_libubsan: -lstdc++' "$lib/libsanitizer.spec"

mkdir -p "$DEST/share/licenses/libsanitizer"
cp "$SRC/gcc/libsanitizer/LICENSE.TXT" "$DEST/share/licenses/libsanitizer/"
