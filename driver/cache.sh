# shellcheck shell=bash
# The cache: stages/NAME/KEY/{root.tar.zst,keep.tar.zst,key,seconds}. An entry appears by one
# rename when it is whole, so what is there can be trusted after any interruption.
# shellcheck disable=SC2154

cache_open() {
	cache=${UKL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ukl}
	UKL_CACHE_MIRROR=${UKL_CACHE_MIRROR:-}
	if ! mkdir -p "$cache"/{stages,building,logs,src} 2>/dev/null || [ ! -w "$cache/stages" ]; then
		die "cannot write to the cache $cache; set UKL_CACHE to another folder"
	fi
	cache=$(cd "$cache" && pwd -P)
}

# One build at a time per cache; the lock goes away with its process.
cache_lock() {
	exec 9>>"$cache/lock"
	if ! flock -n 9; then
		say "waiting for another build that uses $cache (process $(cat "$cache/lock.pid" 2>/dev/null || echo unknown))"
		flock 9
	fi
	echo $$ >"$cache/lock.pid"
}

cache_entry() { echo "$cache/stages/$1/${key_of[$1]}"; }
cache_has() { [ -f "$cache/stages/$1/${key_of[$1]}/root.tar.zst" ]; }
cache_in_mirror() { [ -n "$UKL_CACHE_MIRROR" ] && [ -f "$UKL_CACHE_MIRROR/stages/$1/${key_of[$1]}/root.tar.zst" ]; }

# cache_publish TMP STAGE: TMP, a complete entry, becomes the stage's entry.
cache_publish() {
	local entry
	entry=$(cache_entry "$2")
	mkdir -p "${entry%/*}"
	sync -- "$1"/* # a rename that survives a power cut must not name empty files
	rm -rf "$entry"
	mv -T -- "$1" "$entry"
}

# False if the mirror has no such entry, or a damaged one.
cache_copy_from_mirror() {
	local tmp=$cache/building/mirror
	cache_in_mirror "$1" || return 1
	rm -rf "$tmp"
	if ! cp -R --preserve=timestamps -- "$UKL_CACHE_MIRROR/stages/$1/${key_of[$1]}" "$tmp" ||
		! zstd -q -t -- "$tmp"/*.zst 2>/dev/null; then
		rm -rf "$tmp"
		return 1
	fi
	chmod -R u+w "$tmp"
	cache_publish "$tmp" "$1"
}

# cache_extract STAGE PART DIR
cache_extract() {
	local archive
	archive=$(cache_entry "$1")/$2.tar.zst
	[ -f "$archive" ] || return 0
	mkdir -p "$3"
	zstd -q -d -c -- "$archive" 2>/dev/null | tar -C "$3" --no-same-owner -xf - 2>"$cache/logs/extract.log" ||
		die "cannot extract $archive into $3: $(tail -n 1 "$cache/logs/extract.log"); if it is damaged, --clean $1 drops it"
}

cache_clean() {
	cache_lock
	rm -rf "${cache:?}/stages/$1" "$cache/building/$1" "$cache/logs/$1.log"
	install_forget "$1"
	say "dropped $1 from $cache"
}
