#!/usr/bin/env bash
# Autoconf and libtool, new and of 2004: what configure finds out, and what it builds.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"
# shellcheck source=SCRIPTDIR/../lib/sources
. "$testsuite/lib/sources"

for program in autoconf automake; do
	command -v $program >/dev/null || skip_all "$program is not installed"
done
environment=$tool-env

### Answers: the host's configure runs its tests, ours has config.site.

mkdir answers
cat >answers/configure.ac <<'END'
AC_INIT([answers], [1])
AC_PROG_CC
AC_USE_SYSTEM_EXTENSIONS
AC_CHECK_FUNCS([getpid no_such_function])
AC_CHECK_FILES([/dev/null /dev/zero /dev/random /dev/urandom /dev/ptmx /dev/ptc])
AC_FUNC_CHOWN
AC_FUNC_CLOSEDIR_VOID
AC_FUNC_FNMATCH
AC_FUNC_FORK
AC_FUNC_GETGROUPS
AC_FUNC_GETPGRP
AC_FUNC_LSTAT
AC_FUNC_MALLOC
AC_FUNC_REALLOC
AC_FUNC_MEMCMP
AC_FUNC_MKTIME
AC_FUNC_MMAP
AC_FUNC_SETPGRP
AC_FUNC_STAT
AC_FUNC_STRCOLL
AC_FUNC_STRERROR_R
AC_FUNC_STRNLEN
AC_FUNC_STRTOD
AC_FUNC_STRTOLD
AC_FUNC_UTIME_NULL
AC_FUNC_WAIT3
AC_SYS_RESTARTABLE_SYSCALLS
AC_C_BIGENDIAN
AC_CHECK_SIZEOF([long double])
AC_MSG_CHECKING([what runs])
AC_RUN_IFELSE([AC_LANG_PROGRAM([#include <sys/utsname.h>
#include <string.h>], [struct utsname u; uname(&u); return !strstr(u.release, "ukl");])],
	[AC_MSG_RESULT([an image])], [AC_MSG_RESULT([a program])], [AC_MSG_RESULT([nothing])])
AC_OUTPUT
END
(cd answers && autoconf --warnings=none && cp "$(automake --print-libdir)"/{config.guess,config.sub,install-sh} .)
mkdir host cross booted

# What a configure has found, without what names tools or options.
found() {
	sed -n "s/^\(ac_cv_[a-z_0-9]*\)=\${[a-z_0-9]*='\{0,1\}\([^'}]*\)'\{0,1\}}\$/\1 \2/p" "$1/config.cache" |
		grep -Ev '^ac_cv_(prog_|path_|host|build|env_|lib_|search_|sys_largefile)'
}
configure_host() { (cd host && ../answers/configure -C CC="$hostcc" >log 2>&1); }
configure_cross() { (cd cross && "$environment" ../answers/configure -C --host=$triple >log 2>&1) && grep -q 'cross compiling... yes' cross/log; }
holds "configure on the host" configure_host
holds "configure --host=$triple cross compiles" configure_cross
# What the site file says of tests that no macro of Autoconf 2.71 asks for any more, or gnulib's only.
config_site_only=$'ac_cv_c_stack_direction\nac_cv_func___mktime_internal'
answers() {
	local extra
	found host >wanted && found cross >got && [[ $(wc -l <wanted) -gt 40 ]] || return
	extra=$(comm -13 <(cut -d ' ' -f 1 wanted | sort) <(cut -d ' ' -f 1 got | sort))
	diff wanted <(grep -vwF -- "${extra:-nothing}" got) && same "$config_site_only" "$extra"
}
holds "and answers as the host's does" answers
holds "a function that is missing is missing" grep -qx 'ac_cv_func_no_such_function no' got

# With binfmt_misc the tests run, in a registry of their own (Linux 6.7 and later have that).
registered() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --user --map-root-user --mount -- sh -c '
		mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && "$0" register && exec "$@"' "$tool-binfmt" "$@"
}
if registered true 2>/dev/null; then
	# The other answers come from the cache: each would boot an image.
	configure_booted() {
		grep -v '^ac_cv_prog_cc\|^ac_cv_objext' cross/config.cache >booted/config.cache
		(cd booted && registered "$environment" ../answers/configure -C --host=$triple >log 2>&1)
	}
	holds "with binfmt_misc configure runs images" configure_booted
	holds "and does not cross compile" grep -q 'cross compiling... no' booted/log
	holds "its tests boot" grep -q 'what runs... an image' booted/log
else
	echo "# no binfmt_misc of our own here: not tested"
fi
holds "binfmt_misc takes the rule" test "$("$tool-binfmt" print | wc -c)" -lt 1920
holds "without a rule configure runs nothing" grep -q 'what runs... nothing' cross/log

### Time

# The compiler's and linker's own time, user and system: the machine may be busy with other tests. It is half a second at most, and
# about 0.2 s on two cores of 2.3 GHz.
probe_time() {
	local TIMEFORMAT='%U %S'
	printf 'char getpid(); int main(void) { return getpid(); }\n' >probe.c
	{ time "$cc" -w probe.c -o probe; } 2>took || { cat took; return 1; }
	awk '{ printf "# a probe that links: %.2f s of processor time\n", $1 + $2; exit !($1 + $2 < 0.5) }' took
}
holds "a probe that links is quick" probe_time
probe_fails() {
	printf 'char no_such_function(); int main(void) { return no_such_function(); }\n' >none.c
	same 1 "$(status_of "$cc" -w none.c -o none)" && grep -q 'undefined reference to .no_such_function' stderr.txt && [[ ! -e none ]]
}
holds "one with a symbol that nothing defines fails and leaves nothing" probe_fails

### Names

new_sub=$(automake --print-libdir)/config.sub
holds "config.sub of automake knows the name" same $triple "$(sh "$new_sub" $triple)"

# A project of 2004: autoconf 2.59, libtool 1.5.2.
mad=libmad_0.15.1b.orig.tar.gz
if fetch $mad bbfac3ed6bfbc2823d3775ebb931087371e142bb0e9bb1bee51a76a6e0078690 libmad; then
	mkdir mad && tar -C mad --strip-components=1 -xf "$cache/$mad"
	holds "config.sub of 2004 does" same $triple "$(sh mad/config.sub $triple)"

	# in_mad COMMAND...: in the environment, with the log. libmad's own optimization options are
	# older than any compiler of today.
	in_mad() { (cd mad && "$environment" "$@" CFLAGS=-O1 >>log 2>&1); }
	static() {
		in_mad ./configure -C --host=$triple && in_mad make -s libmad.la &&
			[[ -f mad/.libs/libmad.a && -z $(find mad -name '*.so*') ]]
	}
	holds "libtool makes an archive by default" static
	linked() {
		cat >version.c <<'END'
#include <stdio.h>
#include "mad.h"
int main(void) { puts(mad_version); return 0; }
END
		"$cc" -Imad version.c mad/.libs/libmad.a -o version &&
			same "MPEG Audio Decoder 0.15.1 (beta)" "$("$run" --timeout 60 ./version)"
	}
	holds "which works" linked
	insisted() {
		rm -f mad/log mad/version.lo
		in_mad ./configure -C --host=$triple --enable-shared && ! in_mad make -s libmad.la &&
			grep -q 'warning: --enable-shared: .*no shared libraries; use --disable-shared' mad/log &&
			grep -q 'error: -shared is not supported: ' mad/log
	}
	holds "--enable-shared is warned of, and fails with the line that names it" insisted
	disabled() {
		rm -f mad/log
		in_mad make -s clean && in_mad env -u CONFIG_SITE ./configure -C --host=$triple --disable-shared &&
			in_mad make -s libmad.la && [[ -f mad/.libs/libmad.a ]]
	}
	holds "--disable-shared alone gives an archive too" disabled
else
	echo "# the source of libmad cannot be had: its tests are left out"
fi

summary
