#!/usr/bin/env bash
# toolchain-build.sh with three small stages in place of the real ones: what it caches, what it
# builds again, how it stops and resumes, and what it says when something is wrong.
# default kernel only: about the build
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

# Outside the checkout: git, asked for the project's files, knows none in a folder it ignores.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

mkdir -p project/stages project/extra project/num-patches/new tarballs num-1
export UKL_STAGES_DIR=$PWD/project/stages UKL_CACHE=$PWD/cache
unset UKL_CACHE_MIRROR DESTDIR SOURCE_DATE_EPOCH
out=$PWD/out

seq 1 20 >num-1/num
tar -cJf tarballs/num-1.tar.xz num-1
echo "num 1 tarball num-1.tar.xz $(sha256sum <tarballs/num-1.tar.xz | cut -c 1-64) -" >project/sources.pin

# Each stage leaves a line in $count, so that a test sees what was built.
count=$PWD/count
cat >project/stages/graph <<'END'
one   | num          |     |       | 1
two   | num:pristine | one | extra | 1
three |              | two |       | 1
base  |              | one |       | 1 | library
top   |              | one base |  | 1 | library
other |              | one |       | 1 | library
flavour | num        | three |     | 1 | kernel:small,large
END
mkdir project/linux-patches
echo CONFIG_SMALL=y >project/linux-patches/small.config
echo CONFIG_LARGE=y >project/linux-patches/large.config
cat >project/stages/flavour.sh <<END
echo \$STAGE >>$count
if grep CONFIG_WRONG "\$FILES/fragment"; then echo "CONFIG_WRONG: no such option" >"\$REFUSED"; false; fi
cp "\$FILES/fragment" "\$DEST/\$STAGE"
mkdir -p "\$DEST/share/ukl/kernels" && cp "\$FILES/fragment" "\$DEST/share/ukl/kernels/\${STAGE#kernel-}.config"
END
for library in base top other; do
	echo "echo $library >>$count; echo $library >\"\$DEST/$library\"" >project/stages/$library.sh
done
cat >project/stages/one.sh <<END
echo one >>$count
cp "\$SRC/num/num" "\$SRC/num/added" "\$DEST/"
echo kept >"\$SAVE/kept"
[ ! -e $scratch/meddle ] || echo meddled >$scratch/project/extra/file
END
cat >project/stages/two.sh <<END
echo two >>$count
cat "\$IN/num" "\$KEEP/one/kept" "\$FILES/extra/file" >"\$DEST/two"
head -n 1 "\$SRC/num/num" >"\$DEST/pristine"
[ ! -e $scratch/meddle ] || echo other >$scratch/project/extra/file
END
cat >project/stages/three.sh <<END
echo three >>$count
cp "\$IN/two" "\$DEST/three"
END
echo added >project/num-patches/new/added
cat >project/num-patches/0001-zero.patch <<'END'
--- a/num
+++ b/num
@@ -1,3 +1,4 @@
+zero
 1
 2
 3
END
echo extra >project/extra/file

driver() { "$top/toolchain-build.sh" --prefix "$out" --sources "$PWD/tarballs" --jobs 1 "$@"; }

# built STAGES COMMAND...: the command succeeds and builds just these.
built() {
	local want=$1
	shift
	: >"$count"
	"$@" && same "$want" "$(tr '\n' ' ' <"$count")"
}

# refused PATTERN COMMAND...: it fails with one line like this.
refused() {
	local pattern=$1
	shift
	[[ $(status_of "$@") != 0 ]] && one_line stderr.txt "$pattern"
}

### The ordinary course

first() { built "one two three " driver >stdout.txt && grep -Eq '^\[2/3\] two … [0-9]+m[0-9]{2}s$' stdout.txt; }
holds "the first call builds every stage and shows its progress" first
content() { same zero "$(head -n 1 "$out/three")" && same 1 "$(cat "$out/pristine")" && same extra "$(tail -n 1 "$out/two")"; }
holds "patches, inputs, kept files and own files arrive" content
quick() {
	local start=$SECONDS
	built "" driver && [[ $((SECONDS - start)) -lt 5 ]]
}
holds "a call with nothing to do is quick" quick
listed() { driver --list >list && same 3 "$(grep -Ec '^[a-z]+ +installed +[0-9a-f]{20} ' list)"; }
holds "--list shows state and key" listed
holds "--from builds that stage and the later ones again" built "two three " driver --from two
cleaned() { driver --clean two && built "two " driver; }
holds "--clean drops one stage" cleaned
changed() { echo other >project/extra/file && built "two three " driver && same other "$(tail -n 1 "$out/three")"; }
holds "a changed file rebuilds its stage and what depends on it" changed
# Stage two's file is changed while stage one is built, and would be changed back by the end of stage two.
meddled() {
	touch meddle
	[[ $(status_of driver --from one) != 0 ]] && grep -q 'the files that stage two is built from changed meanwhile' stderr.txt || return
	rm meddle
	echo other >project/extra/file
	built "two three " driver --from two && same other "$(tail -n 1 "$out/three")"
}
holds "a file that changes meanwhile, and back, is noticed" meddled
documented() { echo words >project/extra/README.md && built "" driver; }
holds "documentation rebuilds nothing" documented
until_two() { rm -rf "$out" && built "" driver --until two && [[ -f $out/two && ! -e $out/three ]]; }
holds "--until stops after that stage" until_two
foreign() { echo mine >"$out/mine" && built "" driver && same mine "$(cat "$out/mine")" && [[ -f $out/three ]]; }
holds "files that others put into the prefix stay" foreign
staged() { DESTDIR=$PWD/dest built "" driver && [[ -f dest$out/three ]]; }
holds "DESTDIR goes before the prefix" staged

mirrored() {
	cp -R cache mirror && chmod -R a-w mirror && UKL_CACHE=$PWD/cache2 UKL_CACHE_MIRROR=$PWD/mirror built "" driver --prefix "$PWD/out2" &&
		diff -r --exclude=mine out out2
}
holds "a mirror gives what an empty cache lacks" mirrored
damaged() {
	chmod -R u+w mirror && truncate -s 100 mirror/stages/three/*/root.tar.zst &&
		UKL_CACHE=$PWD/cache3 UKL_CACHE_MIRROR=$PWD/mirror built "three " driver --prefix "$PWD/out3" && diff -r out2 out3
}
holds "a damaged entry of the mirror is built" damaged
identical() {
	UKL_CACHE=$PWD/elsewhere/cache driver --prefix "$PWD/out4" && diff -r out2 out4 &&
		cmp cache2/stages/three/*/root.tar.zst elsewhere/cache/stages/three/*/root.tar.zst
}
holds "a second build elsewhere gives the same bytes" identical

### Libraries

unasked() { [[ ! -e $out/base ]] && same 5 "$(driver --list | grep -c ' optional ')"; }
holds "libraries and kernels are not built unasked" unasked
asked() { built "base top " driver libraries top && [[ -f $out/top && -f $out/base && ! -e $out/other && -f $out/three ]]; }
holds "one that is named is, with what it needs" asked
kept() { echo again >project/extra/file && built "two three " driver && [[ -f $out/top ]]; }
holds "later calls keep it" kept
current() { echo "# changed" >>project/stages/base.sh && built "base top " driver; }
holds "and keep it current" current
holds "libraries alone means all" built "other " driver libraries
holds "what is no library is refused by name" refused "no library 'two'; the libraries are: base top other" driver libraries two

### Kernel flavours

# In a prefix of their own.
flavoured=$PWD/flavoured
flavours() { driver --prefix "$flavoured" "$@"; }
holds "one of ours is built by its name" built "kernel-small " flavours kernel small
mkdir elsewhere2
echo CONFIG_MINE=y >elsewhere2/fragment
own() { built "kernel-mine " flavours kernel elsewhere2/fragment mine && same CONFIG_MINE=y "$(cat "$flavoured/kernel-mine")" && [[ -f $flavoured/kernel-small ]]; }
holds "one of the user's, from a fragment" own
holds "and again: nothing to do" built "" flavours kernel elsewhere2/fragment mine
flavours_listed() { flavours --list >list && same 2 "$(grep -Ec '^kernel-(small|mine) +installed ' list)" && grep -Eq '^kernel-large +optional ' list; }
holds "--list shows them" flavours_listed
refragmented() { echo "# more" >>elsewhere2/fragment && built "kernel-mine " flavours kernel elsewhere2/fragment mine; }
holds "a changed fragment builds its kernel again" refragmented
rm -r elsewhere2
flavours_kept() { echo more >project/extra/file && built "two three kernel-small kernel-mine " flavours && [[ -f $flavoured/kernel-mine ]]; }
holds "later calls keep them current, without the fragment" flavours_kept
flavour_cleaned() { flavours --clean kernel-small && built "kernel-small " flavours kernel small; }
holds "--clean drops one" flavour_cleaned
echo CONFIG_WRONG=y >wrong
holds "what the stage refuses is one line" refused 'kernel-bad: CONFIG_WRONG: no such option' flavours kernel wrong bad
holds "a fragment that is not there" refused "cannot read the fragment 'absent'" flavours kernel absent bad
echo WRONG=y >wrong
holds "a line that is no option" refused "wrong:1: 'WRONG=y' is no line of a kernel configuration" flavours kernel wrong bad
holds "a bad name" refused "bad name 'a/b'" flavours kernel wrong a/b
holds "a name that is taken" refused "the name 'small' is taken" flavours kernel wrong small
holds "an unknown name without a fragment" refused "'bad' is none of those that need no fragment \\(small large\\)" flavours kernel bad
holds "no name" refused "kernel needs a name" driver kernel

helped() {
	local word
	driver --help >help || return
	for word in --prefix --sources --offline --jobs --from --until --clean --list --verbose demo libraries kernel UKL_CACHE UKL_CACHE_MIRROR; do
		grep -q -- "$word" help || return
	done
}
holds "--help names every option" helped

### Interruption

# The stage waits to be killed the first time, after it has made half of its result.
cp project/stages/two.sh two.saved
cat >>project/stages/two.sh <<END
[ -e $PWD/go ] || { echo \$\$ >$PWD/half; sleep 1000; }
END
wait_for_half() {
	for _ in {1..600}; do
		[[ ! -s half ]] || return 0
		sleep 0.1
	done
}
interrupted() {
	rm -f half go
	setsid "$top/toolchain-build.sh" --prefix "$out" --sources "$PWD/tarballs" >interrupted.txt 2>&1 &
	local pid=$!
	wait_for_half
	kill "-$1" "${2:-}$pid"
	wait $pid && return 1
	touch go
	built "two three " driver
}
holds "terminated in a stage, the next call builds it again" interrupted TERM
sed -i '1i # changed' project/stages/two.sh
# Even then two builds never share a work folder: what the killed one left behind ends first.
orphaned() {
	interrupted KILL &
	local pid=$!
	rm -f half
	wait_for_half
	sleep 2
	kill -KILL -- "-$(cat half)"
	wait $pid
}
holds "killed in a stage, the same" orphaned
cp two.saved project/stages/two.sh
driver >/dev/null

concurrent() {
	sed -i '1i sleep 2' project/stages/three.sh
	: >"$count"
	driver >first.txt &
	sleep 0.5
	driver >second.txt && wait $! && same three "$(cat "$count")" && grep -q 'waiting for another build' second.txt
}
holds "two calls at a time build once" concurrent

### What can be wrong

# shellcheck disable=SC2016 # for the stage script to expand
failing() {
	echo 'cp absent/file "$DEST/"' >>project/stages/three.sh
	[[ $(status_of driver) == 1 ]] && grep -q 'stage three failed' stderr.txt && grep -q 'command: cp absent/file "$DEST/"' stderr.txt &&
		grep -q 'log: .*/cache/logs/three.log' stderr.txt && grep -q "cannot stat 'absent/file'" stderr.txt
}
holds "a failure shows stage, command, log and last lines" failing
recovered() { sed -i '$d' project/stages/three.sh && built "" driver; }
holds "once repaired, nothing else is built" recovered
leaking() {
	sed -i '$a pwd >"$DEST/where"' project/stages/three.sh
	refused 'stage three: where contains the name of the build folder' driver
}
holds "a result that depends on the build folder is refused" leaking
sed -i '$d' project/stages/three.sh

sed -i "s,^ [123]\$, x," project/num-patches/0001-zero.patch
holds "a patch that does not apply: which and where" refused 'num-patches/0001-zero.patch does not apply to num: num;' driver
sed -i 's,/num,/missing,' project/num-patches/0001-zero.patch
holds "a patch for a file that is not there" refused '0001-zero.patch does not apply to num: missing \(no such file\)' driver
echo nonsense >project/num-patches/0001-zero.patch
holds "a patch that is none" refused '0001-zero.patch does not apply to num: not a valid patch' driver
rm project/num-patches/0001-zero.patch

mkdir bad none
printf 'x' | cat tarballs/num-1.tar.xz - >bad/num-1.tar.xz
holds "a corrupt source" refused 'bad/num-1.tar.xz is corrupt' driver --sources bad
holds "a missing source" refused 'no tarball of num in it; .*num-1.tar.xz' driver --sources none
holds "no folder of sources" refused "no folder 'nowhere'" driver --sources nowhere
touch file
holds "a prefix that is a file" refused 'is not a folder' driver --prefix file
holds "a prefix that cannot be made" refused 'cannot write to' driver --prefix file/out
holds "a prefix with something else in it" refused 'did not install' driver --prefix tarballs
no_cache() { UKL_CACHE=$PWD/file/cache refused 'cannot write to the cache .*UKL_CACHE' driver; }
holds "a cache that cannot be written" no_cache
disk() {
	sed -i 's/| 1$/| 99999999/' project/stages/graph
	refused 'too little disk: stage one needs 99999999 MB in .*UKL_CACHE' driver
}
holds "too little disk" disk
package() {
	echo ukl-no-such-package >project/stages/host-packages
	refused 'apt-get install -y --no-install-recommends ukl-no-such-package$' driver --offline
}
command -v dpkg-query >/dev/null && holds "a missing package: the command to install it" package
absent() {
	cp project/sources.pin pin.saved
	printf 'num 1 deb%s /nonexistent/num%s 0123 num-source=1\n' '' .tar.xz -patch .patch >project/sources.pin
	"$top/toolchain-build.sh" --prefix "$out" --offline --list && mv pin.saved project/sources.pin
}
holds "packages with sources that are not installed yet" absent
holds "an unknown stage" refused "no stage 'four'; the stages are: one two three" driver --from four
holds "an unknown option" refused "unknown argument '--wrong'" driver --wrong
holds "an option without its value" refused '--jobs needs a value' driver --jobs
holds "a number of jobs that is none" refused "not '0'" driver --jobs 0

summary
