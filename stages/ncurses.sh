# shellcheck shell=bash
set -e
# shellcheck source=SCRIPTDIR/library.inc
. "$FILES/stages/library.inc"

# One library for all names under which programs look for it. The descriptions of the usual terminals
# are in it, because the guest has no terminfo database.
../src/ncurses/configure --host="$TARGET" --build="$(gcc -dumpmachine)" --with-build-cc=gcc \
	--prefix=/usr --enable-widec --enable-overwrite --enable-pc-files --with-pkg-config-libdir=/usr/lib/pkgconfig \
	--without-shared --without-debug --without-cxx --without-cxx-binding --without-ada --without-manpages \
	--without-progs --without-tests --disable-db-install \
	--with-terminfo-dirs=/etc/terminfo:/lib/terminfo:/usr/share/terminfo \
	--with-fallbacks=linux,vt100,vt220,xterm,xterm-256color,screen,screen-256color,tmux,tmux-256color,rxvt,dumb
make -j"$JOBS"
make install DESTDIR="$sysroot"
for name in ncurses curses tinfo; do
	ln -s libncursesw.a "$sysroot/usr/lib/lib$name.a"
	ln -s ncursesw.pc "$sysroot/usr/lib/pkgconfig/$name.pc"
done
for name in form menu panel; do
	ln -s "lib${name}w.a" "$sysroot/usr/lib/lib$name.a"
	ln -s "${name}w.pc" "$sysroot/usr/lib/pkgconfig/$name.pc"
done
rm -rf "$sysroot/usr/share/tabset" "$sysroot/usr/lib/terminfo"
library_trim
library_license ncurses "$SRC/ncurses/COPYING"
