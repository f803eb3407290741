#!/usr/bin/env bash
# A full disk, a lost share, no network, no memory, nothing to load: the program gets the error
# that Linux gives, and the machine goes on to its end.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/troubles.c" -o troubles 2>warnings
meets() { timeout 180 "$run" --timeout 120 "$@"; }

holds "a link with dlopen says what that needs" grep -q "Using 'dlopen' in statically linked applications requires at runtime the shared libraries" warnings
# glibc's words for a file that is not there, as a host's program sees them.
holds "dlopen fails and names the library" same "dlopen: libnothing.so.1: cannot open shared object file: No such file or directory" \
	"$(meets ./troubles load libnothing.so.1)"

full='write: ENOSPC
written: more than 1 MiB
fsync: ok
unlink: ok'
if command -v mkfs.ext4 >/dev/null; then
	truncate -s 8M disk && mkfs.ext4 -q -F disk
	holds "a full disk is ENOSPC" same "$full" "$(meets --disk disk:/mnt ./troubles fill /mnt/file)"
	holds "and whole afterwards" e2fsck -f -n disk
else
	echo "# mkfs.ext4 is not installed: not tested"
fi
! default_kernel || holds "a full file system in memory is ENOSPC" same "$full" "$(meets --mem 64M ./troubles fill /tmp/file)"

lost() {
	local line
	mkdir share && echo x >share/file
	coproc GUEST { meets --share "$PWD/share:/share" ./troubles remount /share; }
	read -r -t 100 line <&"${GUEST[0]}" && same "open before: ok" "$line" &&
		read -r -t 100 line <&"${GUEST[0]}" && same ready "$line" || return
	rm -r share
	echo go >&"${GUEST[1]}"
	# Bash forgets the descriptors when the guest has ended.
	cat <&"${GUEST[0]}" >lost.txt
	same "open after: ENOENT
create after: ENOENT" "$(cat lost.txt)"
}
holds "a share that is lost is ENOENT" lost

# The host's own disk, behind a share: full, then read-only. In name spaces of our own, where anybody may mount.
host_disk() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	timeout 200 unshare --user --map-root-user --mount -- sh -c 'mkdir -p small && mount -t tmpfs -o size=2m tmpfs small && eval "$1"' sh "$1"
}
if host_disk true 2>/dev/null; then
	# fsync() tells again that something could not be written, as it does wherever the kernel noticed that itself.
	holds "a share on a full disk of the host is ENOSPC" same "${full/fsync: ok/fsync: ENOSPC}" \
		"$(host_disk "'$run' --timeout 120 --share '$PWD/small:/mnt' ./troubles fill /mnt/file")"
	holds "a share that the host may not write to is EROFS" grep -qx 'write: EROFS' \
		<(host_disk "mount -o remount,ro small && '$run' --timeout 120 --share '$PWD/small:/mnt' ./troubles fill /mnt/file")
else
	echo "# nothing may be mounted here: not tested"
fi

holds "without a network card an address is unreachable" same "connect: ENETUNREACH" "$(meets ./troubles connect 10.0.2.2 9)"
holds "nobody listens: ECONNREFUSED" same "connect: ECONNREFUSED" "$(meets --net user ./troubles connect 127.0.0.1 9)"
holds "a name without a name server" same "getaddrinfo: Temporary failure in name resolution" "$(meets ./troubles resolve example.org)"

holds "more memory than there is: ENOMEM" same "mmap: ENOMEM" "$(meets --mem 64M ./troubles map 4096)"
holds "no memory left: the process that takes it is killed, its parent goes on" same "child: killed by SIGKILL" \
	"$(meets --mem 64M ./troubles touch)"

holds "memory that is promised strictly: ENOMEM to whoever asks, and the program goes on" same "mmap: ENOMEM
fork: ENOMEM
taken: more than 4 MiB
pipe: ok
write: ok
read: ok
munmap: ok
mmap: ok" "$(meets --mem 64M ./troubles strict)"

summary
