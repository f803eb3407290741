#!/usr/bin/env bash
# Replies of a file server are decoded by a function that can reach only the reply: all calls do what they do on the
# host, and whatever else the decoder does ends with an error for that call. gdb, through QEMU, has it do that.
# needs: ukl_key_switch_to
# complaints on purpose
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$hostcc" -O2 -Wall -Wextra -Werror "$testsuite/tests/src/share-calls.c" -o on-host
"$cc" -O2 -Wall -Wextra -Werror "$testsuite/tests/src/share-calls.c" -o share-calls

### Every kind of reply

mkdir host
./on-host all "$PWD/host" >host.txt
# calls NAME OPTION... -- ARGUMENT...: in the new folder NAME, which is the share /mnt/NAME.
calls() {
	local folder=$PWD/$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	mkdir "$folder"
	timeout 120 "$run" --timeout 100 --share "$folder:/mnt/share" "${options[@]}" ./share-calls "$@" /mnt/share
}
holds "as on the host" same "$(cat host.txt)" "$(calls one --append ukl_key=on -- all)"
holds "as on the host with two CPUs" same "$(cat host.txt)" "$(calls two --smp 2 --append ukl_key=on -- all)"
holds "as on the host with page tables that are only read" same "$(cat host.txt)" \
	"$(calls three --append "ukl_key=on ukl_key_ro=on" -- all)"
holds "the share, mounted by the program" same "$(cat host.txt)" "$(calls four --append ukl_key=on -- mount 9p2000.L)"
holds "9P2000.u as without the key" same "$(calls five -- mount 9p2000.u)" \
	"$(calls six --append ukl_key=on -- mount 9p2000.u | tee six.txt)"
holds "  with long names, too" grep -q '^255 letters: ok' six.txt

### Another decoder

touch one/file

# shellcheck source=SCRIPTDIR/../lib/qemu-gdb
. "$testsuite/lib/qemu-gdb"
kernels() { kernel_symbol share-calls "$1"; }
secret=$(kernels init_uts_ns)
# decoder DECODER KEY COMMAND...: instead of the first reply's decoder, what the commands of gdb say. gdb.txt and boot.txt.
decoder() {
	local decoder=$1 key=$2
	shift 2
	{
		stopped_in share-calls __se_sys_umask
		printf 'hbreak *%s\ncontinue\ndelete\n' "$(kernels "$decoder")"
		printf '%s\n' "$@"
		printf 'hbreak *%s\ncontinue\n' "$(kernels do_group_exit)"
		printf 'output/x *(long *)%s\ndelete\ncontinue\n' "$secret"
	} >commands
	debugged share-calls commands --share "$PWD/one:/mnt/share" --append "ukl_key=$key" ./share-calls stat /mnt/share/file 3
	tr -d '\r' <boot.txt | grep -a '^stat: ' >stats.txt || true
	cat stats.txt
	grep -a 'confined\|Oops\|BUG\|Kernel panic' boot.txt || true
}
# call FUNCTION ARGUMENT ARGUMENT: of eight bytes, and then the decoder begins.
# shellcheck disable=SC2016 # gdb's variables
call() { printf 'set $rsp = $rsp - 8\nset *(long *)$rsp = $rip\nset $rdi = %s\nset $rsi = %s\nset $rdx = 8\nset $rip = %s' "$2" "$3" "$(kernels "$1")"; }
wrote() { grep -q '0x4141414141414141' gdb.txt; }
contained() { same $'stat: EIO\nstat: ok\nstat: ok' "$(cat stats.txt)" && ! grep -aq 'Oops\|BUG\|Kernel panic' boot.txt; }
said() { grep -aq "ukl: confined function .* stopped: $1" boot.txt; }

# shellcheck disable=SC2016
decoder p9_client_getattr_dotl off 'set $saved_rdi = $rdi' 'set $saved_rsi = $rsi' 'set $saved_rdx = $rdx' 'set $saved_rcx = $rcx' "$(call __memset "$secret" 0x41)" \
	"hbreak *$(kernels p9_client_getattr_dotl)" continue delete 'set $rdi = $saved_rdi' 'set $rsi = $saved_rsi' 'set $rdx = $saved_rdx' 'set $rcx = $saved_rcx'
holds "without the key the kernel's part of 9p writes to the kernel's memory" wrote
holds "  and the calls go on" same $'stat: ok\nstat: ok\nstat: ok' "$(cat stats.txt)"
decoder ukl_9p_confined on "$(call __memset "$secret" 0x41)"
holds "confined: it has not" fails wrote
holds "  the call fails with EIO, the next ones do not" contained
holds "  and the log says what was accessed" said "accessed $secret at "
# shellcheck disable=SC2016 # gdb's
decoder ukl_9p_confined on "$(call __memcpy '$rsp - 1024' "$secret")"
holds "it reads the kernel's memory: EIO" contained
holds "  and the log says what was accessed" said "accessed $secret at "
# shellcheck disable=SC2016
decoder ukl_9p_confined on "$(call __memset "$("$tool-nm" share-calls | awk '$3 == "environ" { print "0x" $1 }')" 0x41)"
holds "it writes to the program's memory: EIO" contained
# shellcheck disable=SC2016
decoder ukl_9p_confined on 'set $rip = 0'
holds "it jumps to nothing: EIO" contained
decoder ukl_9p_confined on "set \$rip = $(kernels ukl_sys_getppid)"
holds "it makes a system call: EIO" contained
decoder ukl_9p_confined on "set \$rip = $(kernels ukl_sys_execve)"
holds "it makes one with all registers: EIO" contained
decoder ukl_9p_confined on "set \$eax = 0" "set \$rip = $(kernels ukl_key_wrpkru)"
holds "it opens the keys with the kernel's function for that: EIO" contained
# shellcheck disable=SC2016
decoder ukl_9p_confined on 'set $rsp = 0'
holds "its stack is lost: EIO" contained

### A decoder that returns, and has left addresses that are not in the arena, or not where they have to be

ln -s target one/link
# results CALL FILE FORMAT OFFSET: whatever addresses of the arena the decoder of the first reply of this format, which is in the arena
# itself (struct ukl_9p), leaves in it become OFFSET's. gdb.txt and boot.txt.
results() {
	cat >commands <<END
$(stopped_in share-calls __se_sys_umask)
hbreak *$(kernels ukl_9p_confined) if *(short *)(\$rdi + 52) == '$3'
continue
delete
set \$arena = \$rdi
hbreak *(*(long *)\$rsp)
continue
delete
set \$i = 0
set \$found = 0
while \$i < 1536
	set \$word = (long *)(\$arena + 8 * \$i)
	if (*\$word & ~0x3fff) == \$arena
		set *\$word = \$arena + $4
		set \$found = \$found + 1
	end
	set \$i = \$i + 1
end
printf "changed %d\n", \$found > 0
continue
END
	debugged share-calls commands --share "$PWD/one:/mnt/share" --append ukl_key=on ./share-calls "$1" "/mnt/share/$2" 3
	tr -d '\r' <boot.txt | grep -a "^$1: " >results.txt || true
	cat results.txt
	grep -a 'confined\|Oops\|BUG\|Kernel panic' boot.txt || true
}
# One call fails, the others do not, and nothing else happens.
refused() {
	grep -q '^changed 1$' gdb.txt && same "$1: EIO"$'\n'"$1: ok"$'\n'"$1: ok" "$(cat results.txt)" &&
		! grep -aq 'Oops\|BUG\|Kernel panic' boot.txt
}
for reply in "link link s" "read file D" "walk file R"; do
	# shellcheck disable=SC2086 # three words
	results $reply 0x3ff8
	holds "a result of format ${reply##* } is beyond what an arena has: EIO" refused "${reply%% *}"
done
results read file D 0
holds "data are not in the reply: EIO" refused read
summary
