# shellcheck shell=bash
# What the build needs of this machine: Debian packages and disk space.
# shellcheck disable=SC2154

# host_require_packages PACKAGE...: installs what is missing, or ends the script with the command.
host_require_packages() {
	local -a missing=()
	local package
	command -v dpkg-query >/dev/null || return 0 # not Debian: configure will tell what it misses
	for package; do
		[ -n "$(package_version "$package")" ] || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	local -a command=(apt-get install -y --no-install-recommends "${missing[@]}")
	if [ "$(id -u)" != 0 ] || [ "$offline" = yes ]; then
		die "missing Debian packages; run as root: ${command[*]}"
	fi
	[ "$progress_open" = no ] || printf ' '
	printf 'installing %s …\n' "${missing[*]}"
	# The lock must not stay with a daemon that apt starts.
	{ DEBIAN_FRONTEND=noninteractive apt-get -q update && DEBIAN_FRONTEND=noninteractive "${command[@]}"; } \
		>"$cache/logs/apt.log" 2>&1 </dev/null 9>&- ||
		die "cannot install packages: '${command[*]}' failed; see $cache/logs/apt.log"
}

# Packages for building and for using the toolchain, and the sources of the stages that will be
# built. What is installed here is found by the next source_identities.
host_require_tools() {
	local stage item name
	local -a packages=()
	local -A downloads=()
	[ ! -f "$stages_dir/host-packages" ] ||
		readarray -t packages < <(sed 's/#.*//' "$stages_dir/host-packages" | tr -s ' \t' '\n' | sed '/^$/d')
	for stage in "${selected[@]}"; do
		if [ -z "$from" ] && { cache_has "$stage" || cache_in_mirror "$stage"; }; then continue; fi
		for item in ${sources_of[$stage]}; do
			name=${item%%:*}
			[ -z "${source_file[$name]:-}" ] || continue
			case ${source_kind[$name]} in
			deb) packages+=("${source_package[$name]%%=*}") ;;
			dsc | orig) downloads[$name]=1 ;;
			esac
		done
	done
	readarray -t packages < <(printf '%s\n' "${packages[@]}" | sort -u | sed '/^$/d')
	host_require_packages "${packages[@]}"
	for name in "${!downloads[@]}"; do source_fetch "$name"; done
}

# host_require_disk DIR MEGABYTES WHAT CURE
host_require_disk() {
	local free
	free=$(df -Pm -- "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || die "too little disk: $3 needs $2 MB in $1, which has $free MB free; $4"
}
