#!/usr/bin/env bash
# --share and --disk: the host's files in the guest, and back.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool
shell() {
	"$run" --timeout 60 "${options[@]}" ./tool shell "$1"
}

mkdir -p shared/sub "with space" second
printf 'from the host\n' >shared/file
printf 'second\n' >second/file
head -c 5000000 /dev/urandom >shared/random
options=(--share "$PWD/shared:/mnt/shared")
holds "a file of the host is read" same "from the host" "$(shell 'cat /mnt/shared/file')"
written() {
	shell 'cd /mnt/shared && cat random > sub/copy && echo appended >> file && mkdir made && mv sub/copy made/moved &&
		ln -s file link && chmod 600 made/moved && rm random'
}
holds "files are written, moved, linked and removed" written
holds "the host sees the new file" same "from the host
appended" "$(cat shared/file)"
holds "the moved one is there, with its mode" same "5000000 600" "$(stat -c '%s %a' shared/made/moved)"
holds "the removed one is gone" test ! -e shared/random
holds "the host's user owns what was made" same "$(id -u)" "$(stat -c %u shared/made)"
options=(--share "$PWD/with space:/one" --share "$PWD/second:/deep/two")
holds "two shares, a name with a space, a deep folder" same second "$(shell 'touch /one/touched; cat /deep/two/file')"
holds "the file with the space's folder" test -e "with space/touched"

mkdir tree
printf 'on the disk\n' >tree/file
export PATH=$PATH:/sbin:/usr/sbin
holds "mke2fs makes an ext4 disk" mke2fs -q -t ext4 -d tree disk.ext4 16M
options=(--disk "$PWD/disk.ext4:/data")
holds "an ext4 disk is mounted" same "on the disk" "$(shell 'cat /data/file')"
# shellcheck disable=SC2016 # the guest's shell expands it
written_disk() {
	shell 'i=0; while test $i -lt 200; do echo $i > /data/n$i; i=$((i + 1)); done; sync' && shell 'ls /data | wc -l; cat /data/n199'
}
holds "what is written there stays for the next boot" same $'202\n199' "$(written_disk)"
holds "the file system is clean afterwards" e2fsck -fn disk.ext4
options=(--disk "$PWD/disk.ext4")
holds "a disk without a folder is only a device" same b "$(shell 'test -b /dev/vda && echo b')"
by_hand() {
	"$run" --timeout 60 "${options[@]}" ./tool mount /dev/vda /mnt ext4 'cat /mnt/file'
}
holds "which the program may mount" same "on the disk" "$(by_hand)"
cp disk.ext4 "disk, with comma.ext4"
options=(--disk "$PWD/disk, with comma.ext4:/data")
holds "a disk whose name holds a comma" same "on the disk" "$(shell 'cat /data/file')"

# As many devices as each of the launcher's machines has room for.
six() {
	"$run" --timeout 60 --net user --disk "$PWD/disk.ext4:/data" --share "$PWD/second:/s1" --share "$PWD/second:/s2" --share "$PWD/second:/s3" \
		--share "$PWD/second:/s4" "$@" ./tool shell 'cat /s1/file /s2/file /s3/file /s4/file /data/file; ls /sys/class/net | grep -c eth0'
}
several=$'second\nsecond\nsecond\nsecond\non the disk\n1'
holds "four shares, a disk and a network card" same "$several" "$(six)"
holds "and one share more" same "$several" "$(six --share "$PWD/second:/s5")"
nine=()
for i in 1 2 3 4 5 6 7 8 9; do nine+=(--share "$PWD/second:/s$i"); done
options=("${nine[@]}")
holds "nine shares" same second "$(shell 'cat /s9/file')"

summary
