# shellcheck shell=bash
# Source packages: where they are, whether they are the pinned ones, unpacking, patching.
# shellcheck disable=SC2154

# Per source: the file (empty: not here yet), its identity for keys, the package that brings it.
declare -A source_file=() source_identity=() source_package=() source_kind=() source_extra=()
declare -a notes=()

# sha256_of FILE: remembered by name, size and time, because the big tarballs take seconds.
sha256_of() {
	local stamp sum memo=$cache/sha256
	stamp=$(stat -L -c '%s %y %n' -- "$1")
	sum=$(grep -sF -- " $stamp" "$memo" | tail -n 1 | cut -c 1-64 || true)
	if [ -z "$sum" ]; then
		sum=$(sha256sum <"$1" | cut -c 1-64)
		printf '%s %s\n' "$sum" "$stamp" >>"$memo"
	fi
	echo "$sum"
}

package_version() {
	dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p' || true
}

# Is SUM one of the hashes that sources.pin has for NAME?
source_is_pinned() { grep -qE "^$1 .* $2( |$)" "$root/sources.pin"; }

# source_downloaded NAME SUFFIX: the file of a source package that was downloaded, if it was: the
# pinned one before any other.
source_downloaded() {
	local pinned file
	pinned=$cache/sources/$(awk -v n="$1" '$1 == n { print $4; exit }' "$root/sources.pin")
	# shellcheck disable=SC2231 # SUFFIX is a pattern
	for file in "$pinned" "$cache/sources/$1"_*$2; do
		if [ -f "$file" ]; then
			echo "$file"
			break
		fi
	done
}

# source_check NAME FILE PINNED PACKAGE=VERSION: prints the file's hash, or ends the script if the
# file is not what was pinned. Debian moves its packages on: another version of the
# package is taken as it is, and said so.
source_check() {
	local name=$1 file=$2 pinned=$3 package=${4%%=*} version=${4#*=} sum installed cure
	sum=$(sha256_of "$file")
	if ! source_is_pinned "$name" "$sum" && ! { [ -n "$sources_dir" ] && source_is_pinned "$name" any; }; then
		installed=
		case $file in
		*.dsc | *.orig.tar.*) [ "${file##*/}" = "$(awk -v n="$name" '$1 == n { print $4; exit }' "$root/sources.pin")" ] || installed=other ;;
		esac
		[ -n "$sources_dir$installed" ] || installed=$(package_version "$package")
		cure="apt-get install --reinstall $package"
		[ -z "$sources_dir" ] || cure="download it again"
		[[ -n $sources_dir || $file != "$cache"/* ]] || cure="remove it and run this again"
		if [ -z "$installed" ] || [ "$installed" = "$version" ]; then
			die "$file is corrupt (sha256 $sum, pinned $pinned): $cure"
		fi
	fi
	echo "$sum"
}

# Reads sources.pin and finds each source. Keys of sources that are not here yet are made from
# the pinned hash: a complete cache needs no source at all.
source_identities() {
	local name version kind location pinned package file sum
	source_file=() source_identity=() source_package=() source_kind=() source_extra=() notes=()
	while read -r name version kind location pinned package; do
		case $name in '' | '#'*) continue ;; esac
		file=
		if [ -n "$sources_dir" ]; then
			file=$(find -L "$sources_dir" -maxdepth 1 -type f -name "${location##*/}" | sort -V | tail -n 1)
		else
			case $kind in
			deb | deb-patch) [ ! -f "$location" ] || file=$location ;;
			dsc) file=$(source_downloaded "$name" .dsc) ;;
			orig) file=$(source_downloaded "$name" '.orig.tar.?z*') ;;
			tarball) continue ;;
			esac
		fi
		if [ "$kind" = deb-patch ]; then
			[ "${source_kind[$name]}" = deb ] || continue
			[ -n "$file" ] || [ -z "${source_file[$name]:-}" ] ||
				die "${location##*/} is missing beside ${source_file[$name]}: it comes with ${package%%=*}"
			sum=$pinned
			[ -z "$file" ] || sum=$(source_check "$name" "$file" "$pinned" "$package") || exit
			source_extra[$name]=$file
			source_identity[$name]+=" $sum"
			continue
		fi
		[ -z "${source_file[$name]:-}" ] || continue
		if [ -z "$file" ]; then
			[ -z "${source_identity[$name]:-}" ] || continue
			sum=$pinned
		else
			sum=$(source_check "$name" "$file" "$pinned" "$package") || exit
			source_file[$name]=$file
			source_is_pinned "$name" "$sum" ||
				notes+=("$file is not the $name $version that was tested; using it all the same")
		fi
		source_kind[$name]=$kind
		source_package[$name]=$package
		source_identity[$name]=$sum
	done <"$root/sources.pin"
	[ -n "$sources_dir" ] || return 0
	for name in $(toolchain_sources); do
		[ -n "${source_file[$name]:-}" ] || die "--sources $sources_dir: no tarball of $name in it; one of these is needed: $(
			awk -v n="$name" '$1 == n && $3 != "deb-patch" { sub(".*/", "", $4); printf "%s ", $4 }' "$root/sources.pin")"
	done
}

# What the toolchain itself is made of: the libraries' sources may come from elsewhere.
toolchain_sources() {
	local stage item
	for stage in "${order[@]}"; do
		[ -z "${library[$stage]:-}" ] || continue
		for item in ${sources_of[$stage]}; do echo "${item%%:*}"; done
	done | sort -u
}

source_notes() {
	local note
	for note in "${notes[@]}"; do say "note: $note"; done
}

# Fetches a Debian source package, or of it just the upstream tarball (kind orig), with an apt configuration of our own: most machines have no
# deb-src line, and theirs is not ours to edit. Debian keeps only the newest version; where it is not
# the pinned one any more, it has to do.
source_fetch() {
	local name=$1 spec=${source_package[$1]} dir=$cache/apt log=$cache/logs/apt.log key=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$cache/sources"
	if [ -n "$UKL_CACHE_MIRROR" ] && cp -- "$UKL_CACHE_MIRROR/sources/${name}"_* "$cache/sources/" 2>/dev/null; then
		return
	fi
	[ "$offline" = no ] ||
		die "the source of $name is not here and --offline forbids to download it: put Debian's source package of $name (.dsc and tarballs) into $cache/sources"
	rm -rf "$dir"
	mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,download}
	printf "deb-src [signed-by=$key] http://deb.debian.org/%s main\n" \
		'debian bookworm' 'debian bookworm-updates' 'debian-security bookworm-security' >"$dir/sources.list"
	local -a what=(source --download-only)
	[ "${source_kind[$name]}" != orig ] || what+=(--tar-only)
	local -a apt=(apt-get -qq -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State=$dir/state" -o Dir::State::status=/var/lib/dpkg/status -o "Dir::Cache=$dir/cache"
		-o "APT::Sandbox::User=$(id -un)")
	if ! "${apt[@]}" update >"$log" 2>&1 ||
		! (cd "$dir/download" && { "${apt[@]}" "${what[@]}" "$spec" ||
			"${apt[@]}" "${what[@]}" "${spec%%=*}"; }) >>"$log" 2>&1; then
		die "cannot download Debian's source package $spec: $(tail -n 1 "$log"); see $log"
	fi
	rm -f "$dir"/download/*.asc
	mv "$dir"/download/*.tar.* "$cache/sources/"
	# Last: once it is there, all is there.
	[ "${source_kind[$name]}" = orig ] || mv "$dir"/download/*.dsc "$cache/sources/"
	rm -rf "$dir"
}

# Unpacks a source once per call of the script into $cache/src; all times are made equal, so that
# make never takes a generated file of a patched or restored tree for an old one.
source_unpack() {
	local name=$1 file tmp=$cache/src/$1.tmp log=$cache/logs/unpack-$1.log
	[ ! -d "$cache/src/$name" ] || [ "$(cat "$cache/src/$name.id")" != "${source_identity[$name]}" ] || return 0
	[ -n "${source_file[$name]:-}" ] ||
		die "the source of $name is missing: ${source_package[$name]%%=*} did not bring it"
	file=${source_file[$name]}
	rm -rf "$tmp" "$cache/src/$name"
	mkdir -p "$tmp"
	if [ "${source_kind[$name]}" = dsc ]; then
		dpkg-source --no-check -x "$file" "$tmp/tree" >"$log" 2>&1 ||
			die "cannot unpack $file: $(tail -n 1 "$log")"
	else
		mkdir "$tmp/tree"
		tar -C "$tmp/tree" --strip-components=1 --no-same-owner -xf "$file" >"$log" 2>&1 ||
			die "cannot unpack $file: $(tail -n 1 "$log")"
	fi
	if [ -n "${source_extra[$name]:-}" ]; then
		source_patch "$name" "$tmp/tree" "${source_extra[$name]}" 2
	fi
	find "$tmp/tree" -print0 | xargs -0 touch -h -d "@$SOURCE_DATE_EPOCH"
	printf '%s\n' "${source_identity[$name]}" >"$cache/src/$name.id"
	mv "$tmp/tree" "$cache/src/$name"
	rm -rf "$tmp"
}

# source_patch NAME TREE PATCH STRIP
source_patch() {
	local out shown=${3#"$root/"}
	if ! out=$(patch -d "$2" -p"$4" --batch --forward --no-backup-if-mismatch -r - <"$3" 2>&1); then
		printf '%s\n' "$out" >"$cache/logs/patch.log"
		die "$shown does not apply to $1: $(awk '
			/^patching file / { file = $3 }
			/FAILED|ignored|previously applied/ && !bad { bad = file }
			/^\|\+\+\+ / { want = $2; sub("^[^/]*/", "", want) }
			/No file to patch/ && !bad { bad = want " (no such file)" }
			END { print bad ? bad : "not a valid patch" }' "$cache/logs/patch.log"); details in $cache/logs/patch.log"
	fi
}

# source_patches ITEM: the files of ours that change this source, one per line. ITEM is as in
# stages/graph: NAME, NAME:pristine, or NAME:no-WORD.
source_patches() {
	local name=${1%%:*}
	[ -d "$root/$name-patches" ] || return 0
	case $1 in
	*:pristine) ;;
	*:no-*) list_patches "$name" | grep -v -- "${1#*:no-}" ;;
	*) list_patches "$name" ;;
	esac
}

# Configurations lie there too; stages that read one name it.
list_patches() { list_files "$1-patches" | grep -E '\.patch$|/new/'; }

# source_prepare ITEM TREE: a private copy of the source with our patches in it. Hard links: patch
# replaces files, it never writes into them, so the unpacked original stays whole.
source_prepare() {
	local tree=$2 name=${1%%:*} file to
	source_unpack "$name"
	cp -al "$cache/src/$name" "$tree"
	while read -r file; do
		case $file in
		"$name-patches/new/"*)
			to=$tree/${file#*/new/}
			mkdir -p "${to%/*}"
			cp -P --remove-destination "$root/$file" "$to"
			;;
		*.patch) source_patch "$name" "$tree" "$root/$file" 1 ;;
		esac
	done < <(source_patches "$1" | sed -n "/\\/new\\//p"; source_patches "$1" | sed "/\\/new\\//d")
	find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0 -r touch -h -d "@$SOURCE_DATE_EPOCH"
}
