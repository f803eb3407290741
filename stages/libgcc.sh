# shellcheck shell=bash
# GCC's run-time support, configured in the place relative to GCC's build folder where its
# makefile expects to be.
set -e

cp -R "$KEEP/gcc/gcc" .
mkdir -p gcc/include "$TARGET/libgcc"
cd "$TARGET/libgcc"

build=$(../../../src/gcc/config.guess)
# Without records of calling sequences: this code runs with its caller's rights, no gate leads to it.
config=(
	--build="$build" --host="$TARGET" --target="$TARGET" --prefix="$PREFIX"
	--with-cross-host="$build" --with-target-subdir="$TARGET"
	--enable-threads=posix --disable-multilib --disable-shared
	CC="$TARGET-gcc -mno-ukl-abi" CFLAGS="-O2 $MAP" AR="$TARGET-ar" RANLIB="$TARGET-ranlib"
	NM="$TARGET-nm" OBJDUMP="$TARGET-objdump" STRIP="$TARGET-strip" LIPO=lipo
)
../../../src/gcc/libgcc/configure "${config[@]}"
make -j"$JOBS"

# By chance the compiler makes the bytes of SYSRET (a jump's distance) of this one, which no program with compartments
# may have. tests/compartment-libraries looks for more of that.
for labels in 4 8 16 32; do
	! "$TARGET-verify" bid128_div.o || break
	rm bid128_div.o
	make CFLAGS="-O2 $MAP -falign-labels=$labels" bid128_div.o
done
make -j"$JOBS"
make install DESTDIR="$STAGING"

# The makefile adds -g by itself; every link would read that.
lib=$DEST/lib/gcc/$TARGET/$("$TARGET-gcc" -dumpversion)
"$TARGET-strip" --strip-debug "$lib"/*.a "$lib"/*.o

# Without shared libraries the unwinder is in libgcc.a; build files that name its usual place
# find an empty archive.
"$TARGET-ar" rcs "$lib/libgcc_eh.a"

mkdir -p "$DEST/share/licenses/gcc"
cp "$SRC/gcc"/COPYING* "$DEST/share/licenses/gcc/"
