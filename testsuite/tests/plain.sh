#!/usr/bin/env bash
# The same programs without an image, in ring 3 on the host: what -mno-image promises.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

mkdir host plain
for name in args clone context cxx-exceptions cxx-order epoll exec fork mmap rawsigreturn signals sockets threads; do
	source=$(ls "$testsuite/programs/$name".c*)
	compiler=$cc hostcompiler=$hostcc
	if [[ $source == *.cc ]]; then
		compiler=$cxx hostcompiler=$hostcxx
	fi
	cflags='' args='' stdin=''
	eval "$(sed -n 's|^// test: ||p' "$source")"
	read -ra flags <<<"-O2 -I$testsuite/lib $cflags"
	read -ra words <<<"$args"
	same_as_host() {
		local want=0 got=0
		"$hostcompiler" "${flags[@]}" "$source" -o "host/$name" &&
			"$compiler" "${flags[@]}" -mno-image -U__ukl__ "$source" -o "plain/$name" || return
		(cd host && printf '%s' "$stdin" | timeout 60 "./$name" "${words[@]}") >wanted 2>&1 || want=$?
		(cd plain && printf '%s' "$stdin" | timeout 60 "./$name" "${words[@]}") >got 2>&1 || got=$?
		same "$want" "$got" && diff <(grep -v '^#' wanted) <(grep -v '^#' got)
	}
	holds "$name" same_as_host
done

summary
