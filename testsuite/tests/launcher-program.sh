#!/usr/bin/env bash
# The program's arguments, environment, streams and end are the shell's.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

"$cc" -O2 "$testsuite/tests/src/tool.c" -o tool
"$hostcc" -O2 "$testsuite/tests/src/tool.c" -o tool-host

boot() {
	"$run" --timeout 60 "$@"
}

# The same words to both builds, the same output.
same_args() {
	./tool-host args "$@" >wanted && boot ./tool args "$@" >got && cmp wanted got
}
holds "no arguments" same_args
holds "spaces, quotes, backslashes" same_args 'two words' '' "it's" '"quoted"' 'back\slash' $'new\nline' $'tab\t'
holds "= and dashes" same_args a=b =c -- --mem -x --help
holds "UTF-8 and other bytes" same_args 'grüß' '漢字' $'\xff\xfe\x01' '🙂'
# shellcheck disable=SC2016 # nothing here is to be expanded
holds "what shells and QEMU would expand" same_args '$HOME' '`id`' 'a,b' ',,' '%s' '*' '~' ';' '&' '|' '#'
long=$(printf 'x%.0s' {1..65536})
holds "one argument of 64 KiB" same_args "$long"
mapfile -t many < <(seq 10000)
holds "10,000 arguments" same_args "${many[@]}"

# shellcheck disable=SC2016 # the guest's shell expands it
holds "argv[0] is the image's name" same ./tool "$(boot ./tool shell 'tr "\0" "\n" < /proc/$PPID/cmdline | head -n 1')"
holds "--append twice" same "one two" "$(boot --append one --append two ./tool shell 'grep -o "one two" /proc/cmdline')"
holds "--env" same 'a value, with = and "quotes"' "$(boot --env 'NAME=a value, with = and "quotes"' ./tool env NAME)"
holds "two of them" same two "$(boot --env A=one --env B=two ./tool env B)"
holds "an empty value" same '' "$(boot --env EMPTY= ./tool env EMPTY)"
holds "a long value" same 30000 "$(boot --env "LONG=${long:0:30000}" ./tool env LONG | tr -d '\n' | wc -c)"
holds "the host's environment stays there" same '(unset)' "$(SECRET=x boot ./tool env SECRET)"
holds "--cwd" same /tmp "$(boot --cwd /tmp ./tool cwd)"
holds "the default folder is /" same / "$(boot ./tool cwd)"
no_folder() {
	[[ $(status_of boot --cwd /no/such/folder ./tool cwd) != 0 ]] && one_line stderr.txt '/no/such/folder'
}
holds "a --cwd that does not exist" no_folder

# A script of an archive, and one that cannot be executed.
mkdir extra
# shellcheck disable=SC2016 # the guest's shell expands it
printf '#!/bin/sh\necho "$0 $#: $1, $NAME, $(pwd)"\nexit 6\n' >extra/script
echo text >extra/text
chmod +x extra/script extra/text
(cd extra && printf '%s\n' script text | cpio --quiet -o -H newc) >extra.cpio
holds "--initrd" same text "$(boot --initrd extra.cpio ./tool shell 'cat /text')"
with_exec() {
	boot --initrd extra.cpio --exec "$@"
}
script() {
	same 6 "$(status_of with_exec /script --env NAME=value --cwd /tmp ./tool 'an argument' two)" &&
		same "/script 2: an argument, value, /tmp" "$(cat stdout.txt)"
}
holds "--exec starts a script: arguments, environment, folder, status" script
holds "--exec of a program of the guest" same fine "$(boot --exec /bin/echo ./tool fine)"
holds "the image's program is at hand" same 42 "$(status_of boot --exec /bin/sh ./tool -c '/ukl/program exit 42')"
unexecutable() {
	same 126 "$(status_of with_exec "$1" ./tool)" && one_line stderr.txt "cannot execute $1" && [[ ! -s stdout.txt ]]
}
holds "--exec of a file that does not exist" unexecutable /no/such/file
holds "--exec of a folder" unexecutable /tmp
holds "--exec of a text file" unexecutable /text

head -c 3000000 /dev/urandom >random
stdin() {
	boot ./tool cat <random >copied && cmp copied random
}
holds "3 MB of binary standard input come back" stdin
holds "an empty standard input ends" same 0 "$(status_of boot ./tool cat </dev/null)"
closed() {
	boot ./tool args fine <&- >out && grep -q fine out
}
holds "a closed standard input" closed
unread() {
	boot ./tool args unread < <(yes) >out && grep -q unread out
}
holds "standard input that nobody reads" unread
# The pipeline's own status is that of a program without a reader.
pipe_closed() {
	(set +o pipefail; timeout 60 "$run" ./tool cat </dev/zero | head -c 1000 >out; [[ ${PIPESTATUS[0]} != 124 ]]) &&
		cmp -n 1000 out /dev/zero
}
holds "a reader that goes away ends the program" pipe_closed
interactive() {
	coproc GUEST { boot ./tool cat; }
	local line input=${GUEST[1]}
	printf 'ping\n' >&"$input"
	read -r -t 30 line <&"${GUEST[0]}" && same ping "$line" || return
	exec {input}>&-
	wait "$GUEST_PID"
}
holds "a line is answered before the input ends" interactive

streams() {
	./tool-host both >out.host 2>err.host
	boot ./tool both >out 2>err && cmp out out.host && cmp err err.host
}
holds "standard output and error are apart" streams

for code in 0 1 42 77 126 255; do
	holds "exit status $code" same "$code" "$(status_of boot ./tool exit "$code")"
done
for signal in 6 9 11 15; do
	holds "signal $signal gives $((128 + signal))" same $((128 + signal)) "$(status_of boot ./tool signal "$signal")"
done
holds "a status of its own adds no line" test ! -s stderr.txt

holds "--smp" same 2 "$(boot --smp 2 ./tool cpus)"
holds "four" same 4 "$(boot --smp 4 ./tool cpus)"
megabytes() {
	local seen
	seen=$(boot --mem "$1" ./tool memory)
	printf '# --mem %s: %s MiB\n' "$1" "$seen"
	[[ $seen -ge $2 && $seen -le $3 ]]
}
holds "--mem 64M" megabytes 64M 35 64
holds "--mem 1G" megabytes 1G 900 1024

holds "--cpu: an old processor, without AVX and protection keys" same fine "$(boot --cpu qemu64 ./tool shell 'echo fine')"
terminal() {
	timeout 60 script -qec "$run --timeout 50 ./tool shell 'test -t 0 && test -t 1 && tty; exit 5'" /dev/null </dev/null >out
	local status=$?
	cat out
	same 5 "$status" && grep -q /dev/hvc0 out
}
holds "between terminals the program has one" terminal

# Between two looks at the host's clock, give or take a tenth of a second.
on_time() {
	local before time after
	coproc GUEST { boot ./tool clock; }
	local input=${GUEST[1]}
	echo >&"$input"
	read -r -t 60 time <&"${GUEST[0]}" || return # it has started
	before=$EPOCHREALTIME
	echo >&"$input"
	read -r -t 30 time <&"${GUEST[0]}" || return
	after=$EPOCHREALTIME
	exec {input}>&-
	wait "$GUEST_PID"
	printf '# host %s, guest %s, host %s\n' "$before" "$time" "$after"
	awk -v a="$before" -v t="$time" -v b="$after" 'BEGIN { exit !(t > a - 0.1 && t < b + 0.1) }'
}
holds "the guest's clock is the host's" on_time
holds "after the next start, too" on_time

counted() {
	local first second
	first=$("$run" --timeout 200 --icount ./tool time) && second=$("$run" --timeout 200 --icount ./tool time) &&
		printf '# %s ns\n' "$first" && [[ -n $first ]] && same "$first" "$second"
}
holds "--icount: two runs take the same time to the nanosecond" counted

summary
