# shellcheck shell=bash
# Messages. Everything meant for people goes through here, so that a progress line that
# is still open is always finished before anything else is printed.

# shellcheck disable=SC2154 # verbose comes from the arguments

progress_open=no

say() { printf 'toolchain-build: %s\n' "$*"; }

# die MESSAGE: one line naming the thing and the cure; ends the script.
die() {
	if [ $progress_open = yes ]; then
		printf ' failed\n'
		progress_open=no
	fi
	printf 'toolchain-build: %s\n' "$*" >&2
	exit 1
}

# progress_start TEXT ... progress_end RESULT: "[4/9] libgcc … 0m18s".
progress_start() {
	printf '%s …' "$1"
	progress_open=yes
	[ "$verbose" = no ] || printf '\n'
}

progress_end() {
	printf ' %s\n' "$1"
	progress_open=no
}

# minutes SECONDS: 78 -> 1m18s
minutes() { printf '%dm%02ds' $(($1 / 60)) $(($1 % 60)); }
