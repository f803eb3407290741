#!/usr/bin/env bash
# What the launcher refuses, and says without booting anything.
# default kernel only: about the launcher, with QEMUs of its own
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/hello.c" -o hello
"$cc" -O2 -mno-image "$testsuite/tests/src/hello.c" -o plain
printf 'text\n' >text
printf '\177ELF' >short
: >empty
head -c 20000 hello >truncated
mkdir folder
"$cc" -c "$testsuite/tests/src/hello.c" -o object.o

# refused WHAT STATUS WORD ARGUMENT...: exit status, one line on stderr, nothing on stdout.
refused() {
	local what=$1 status=$2 word=$3
	shift 3
	matches() {
		same "$status" "$(status_of timeout 20 "$run" "$@" </dev/null)" && one_line stderr.txt "$word" &&
			[[ ! -s stdout.txt ]]
	}
	holds "$what" matches "$@"
}

refused "no image given" 2 'image'
refused "a missing image" 126 'missing: No such file' missing
refused "a folder as image" 126 folder folder
refused "a text file as image" 126 'ELF' ./text
refused "an empty file" 126 empty ./empty
refused "a cut-off ELF header" 126 short ./short
refused "a relocatable file" 126 object object.o
refused "a program without a kernel" 126 'mno-image' ./plain
refused "the host's own programs" 126 'not bootable' /bin/true
refused "an unknown option" 2 'no-such-option' --no-such-option hello
refused "--mem without a size" 2 'mem' --mem lots hello
refused "--mem 0" 2 'mem' --mem 0 hello
refused "--smp 0" 2 'smp' --smp 0 hello
refused "--smp many" 2 'smp' --smp many hello
refused "--accel of no kind" 2 'accel' --accel fast hello
refused "--net of no kind" 2 'net' --net wifi hello
refused "--net with a bad forward" 125 '' --net user,hostfwd=nonsense hello
refused "--share without a guest folder" 2 'share' --share /tmp hello
refused "--share of a missing folder" 2 'No such file' --share /no/such/folder:/x hello
refused "--share of a file" 2 'not a folder' --share "$PWD/text:/x" hello
refused "--disk of a missing file" 2 'No such file' --disk /no/such/disk hello
refused "--disk of a folder" 2 'folder' --disk "$PWD/folder" hello
refused "--env without a value" 2 'NAME=VALUE' --env NAME hello
refused "--env without a name" 2 'NAME=VALUE' --env =value hello
refused "--cwd of a relative folder" 2 'absolute' --cwd here hello
refused "--exec of a relative path" 2 'absolute' --exec bin/script hello
refused "--exec of nothing" 2 'absolute' --exec '' hello
refused "--core of a missing folder" 2 'No such file' --core /no/such/folder hello
refused "--initrd of a missing file" 2 'No such file' --initrd missing.cpio hello
refused "--initrd of a folder" 2 'directory' --initrd folder hello
refused "--initrd of a text file" 2 'not a cpio' --initrd text hello
refused "--initrd of an empty file" 2 'empty' --initrd empty hello
refused "--timeout 0" 2 'timeout' --timeout 0 hello
refused "--timeout soon" 2 'timeout' --timeout soon hello
refused "--icount with KVM" 2 'icount' --icount --accel kvm hello
refused "--icount with two CPUs" 2 'icount' --icount --smp 2 hello
refused "a kernel command line that is too long" 2 'append' --append "$(printf 'x%.0s' {1..3000})" hello
UKL_QEMU=/no/such/qemu refused "a QEMU that is not there" 127 'qemu' hello
no_qemu() {
	same 127 "$(status_of env PATH=/nonexistent "$run" hello)" && one_line stderr.txt 'qemu-system-x86_64.*install'
}
holds "QEMU not installed" no_qemu

holds "--help succeeds" same 0 "$(status_of "$run" --help)"
for word in mem smp accel cpu net ip ip6 share disk env cwd exec core initrd append timeout icount gdb verbose dry-run; do
	holds "--help names --$word" grep -q -- "--$word" stdout.txt
done
holds "--version succeeds" same 0 "$(status_of "$run" --version)"

holds "--dry-run succeeds" same 0 "$(status_of "$run" --dry-run --mem 100M --smp 2 hello 'an argument')"
holds "--dry-run prints QEMU's command line" grep -Eq 'qemu-system-x86_64.*-m[ =]?100M' stdout.txt
holds "--dry-run says which machine" grep -Eq 'microvm|q35' stdout.txt
holds "--dry-run says which accelerator" grep -Eq 'accel[ =](tcg|kvm)|-accel' stdout.txt
# The printed command is a shell's: it must boot as it stands.
by_hand() {
	"$run" --dry-run hello >printed 2>/dev/null && timeout 60 bash -c "$(grep qemu-system printed)" </dev/null >printed.out && grep -q 'hello from ring 0' printed.out
}
holds "the printed command works by hand" by_hand
# Without the launcher: words after -- are arguments, the console is everything else.
bare() {
	"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool && timeout 100 qemu-system-x86_64 -accel tcg -cpu max -m 256M -nodefaults \
		-display none -no-reboot -serial stdio -kernel tool -append 'console=ttyS0 quiet panic=-1 reboot=t -- tool args one two' \
		</dev/null | tr -d '\r' >bare.out
	cat bare.out
	grep -q '^3:one' bare.out && grep -q '^3:two' bare.out
}
holds "QEMU alone boots an image and passes arguments" bare
rm -f "${TMPDIR:-/tmp}"/ukl-config-*

summary
