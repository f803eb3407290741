# shellcheck shell=bash
# The C library, static only. Our system calls are a vendor folder, which glibc's configure finds by
# the second part of the target's name.
set -e

vendor=sysdeps/unix/sysv/ukl/linux/x86_64
mkdir -p "$SRC/glibc/$vendor"
cp -R "$FILES/glibc-sysdeps-ukl/." "$SRC/glibc/$vendor/"

# Without -g: libc.a is 30 MB with it, and every link reads that. Without records of calling
# sequences: libc runs with its caller's rights, no gate ever leads to it.
config=(
	--build="$("$SRC/glibc/scripts/config.guess")" --host="$TARGET"
	--prefix=/usr --libdir=/usr/lib libc_cv_slibdir=/lib libc_cv_rtlddir=/lib64
	--with-headers="$IN/$TARGET/sysroot/usr/include" --with-pkgversion="$UKL_PKGVERSION"
	--enable-static-nss --disable-shared --disable-default-pie --disable-profile
	--disable-nscd --disable-build-nscd --disable-timezone-tools
	CC="$TARGET-gcc -mno-ukl-abi" CXX='' CFLAGS="-O2 $MAP"
)
../src/glibc/configure "${config[@]}"
grep -q "^config-sysdirs = *$vendor " config.make # or it is the stock Linux port
make -j"$JOBS"
make install DESTDIR="$DEST/$TARGET/sysroot"

mkdir -p "$DEST/share/licenses/glibc"
cp "$SRC/glibc"/COPYING* "$SRC/glibc/LICENSES" "$DEST/share/licenses/glibc/"
