#!/usr/bin/env bash
# Builds the x86_64-ukl-linux-gnu toolchain from pinned sources and installs it.
#
# This file reads the arguments and walks the stages; driver/ knows about caches, packages,
# sources and installing; stages/ knows how each thing is configured. stages/graph is the list.
# The parts share their variables, which shellcheck cannot see from one file:
# shellcheck disable=SC2034,SC2154
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# The testsuite drives this script with small stages of its own through UKL_STAGES_DIR.
stages_dir=${UKL_STAGES_DIR:-$here/stages}
root=$(dirname "$stages_dir")

target=x86_64-ukl-linux-gnu
prefix=$root/out
sources_dir=
jobs=$(nproc)
offline=no
verbose=no
from=
until=
clean=
libraries=()
flavours=()
extract=
extract_dir=
action=build
DESTDIR=${DESTDIR:-}

# Fixed by default, so that two builds of the same tree give the same bytes.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1704067200}
export UKL_PKGVERSION=${UKL_PKGVERSION:-UKL} UKL_BUGURL=${UKL_BUGURL:-}
umask 022

for part in say graph flavours sources host cache stage install demo; do
	# shellcheck source=/dev/null
	. "$here/driver/$part.sh"
done

library_names() { for stage in "${order[@]}"; do [ -z "${library[$stage]:-}" ] || printf '%s ' "$stage"; done; }

usage() {
	cat <<USAGE
usage: toolchain-build.sh [OPTION...] [demo | libraries [NAME...] | kernel [FRAGMENT] NAME]

Builds the $target toolchain and installs it. Finished stages are kept in
a cache outside this folder; only what changed is built again.

  demo              build what is missing, then compile and boot examples/hello
  libraries         build and install libraries for the target beside the toolchain: all, or those
                    that are named, with what they need; later calls keep them current
  kernel NAME       build and install one of the kernels ${shipped[*]}, for -Wl,--kernel=NAME
  kernel FRAGMENT NAME   the same for a kernel of your own: FRAGMENT has lines of a kernel configuration
                    that change linux-patches/cloud.config; later calls keep it current
  --prefix DIR      install here (default: out/); the folder can be moved later
  --sources DIR     take the source tarballs from DIR instead of Debian's packages
  --offline         use no network: install no packages, download no sources
  --jobs N          parallel jobs (default: $jobs)
  --from STAGE      build STAGE and all later stages again, cached or not
  --until STAGE     stop after STAGE; install what there is
  --clean STAGE     drop STAGE's results from the cache, build nothing
  --extract STAGE DIR   build STAGE alone, with what it needs, and put its files into DIR: for
                    stages that are no part of the toolchain
  --list            show the stages, their state and their keys
  --verbose         show the output of the commands, which else goes to a log
  --pkgversion TEXT --bugurl URL    as GCC's and binutils' --with-pkgversion, --with-bugurl
  --help            this text

Environment: UKL_CACHE (default \$XDG_CACHE_HOME/ukl or ~/.cache/ukl), UKL_CACHE_MIRROR (a
second cache, only read), DESTDIR, SOURCE_DATE_EPOCH.
Stages: ${order[*]}
Libraries: $(library_names)
USAGE
}

need_value() { [ $# -ge 2 ] || die "$1 needs a value; see --help"; }

read_arguments() {
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
		esac
		case $1 in
		--prefix | --sources | --jobs | --from | --until | --clean | --pkgversion | --bugurl)
			need_value "$@"
			;;
		esac
		case $1 in
		--help | -h) usage; exit 0 ;;
		--list) action=list ;;
		--verbose | -v) verbose=yes ;;
		--offline) offline=yes ;;
		--prefix) prefix=$2; shift ;;
		--sources) sources_dir=$2; shift ;;
		--jobs | -j) jobs=$2; shift ;;
		--from) from=$2; shift ;;
		--until) until=$2; shift ;;
		--clean) clean=$2 action=clean; shift ;;
		--extract)
			[ $# -ge 3 ] || die "--extract needs a stage and a folder; see --help"
			extract=$2 extract_dir=$(realpath -m -- "$3") action=extract
			shift 2
			;;
		--pkgversion) UKL_PKGVERSION=$2; shift ;;
		--bugurl) UKL_BUGURL=$2; shift ;;
		demo) action=demo ;;
		libraries)
			while [[ $# -gt 1 && $2 != -* ]]; do
				[ -n "${library[$2]:-}" ] || die "no library '$2'; the libraries are: $(library_names)"
				libraries+=("$2")
				shift
			done
			[ ${#libraries[@]} -gt 0 ] || libraries=("${!library[@]}")
			;;
		kernel)
			[[ $# -gt 1 && $2 != -* ]] || die "kernel needs a name; see --help"
			if [[ $# -gt 2 && $3 != -* && " ${shipped[*]} " != *" $2 "* ]]; then
				flavour_ask "$2" "$3"
				shift 2
			else
				flavour_ask "$2"
				shift
			fi
			;;
		*) die "unknown argument '$1'; see --help" ;;
		esac
		shift
	done
	case $jobs in
	'' | *[!0-9]* | 0*) die "--jobs needs a positive number, not '$jobs'" ;;
	esac
	prefix=$(realpath -m -- "$prefix")
	[ -z "$DESTDIR" ] || DESTDIR=$(realpath -m -- "$DESTDIR")
	flavours_installed
	local stage
	for stage in "$from" "$until" "$clean" "$extract"; do
		[ -z "$stage" ] || stage_exists "$stage" ||
			die "no stage '$stage'; the stages are: ${order[*]}"
	done
	[ -z "$sources_dir" ] || [ -d "$sources_dir" ] || die "--sources: no folder '$sources_dir'"
	# Relative names would mean another place once a stage changes folder.
	[ -z "$sources_dir" ] || sources_dir=$(cd "$sources_dir" && pwd)
}

# Makes the selected stages present in the cache.
build_stages() {
	local stage i=0 forced=no
	cache_lock
	host_require_tools
	graph_keys # from the sources that were just installed, if any
	source_notes
	for stage in "${selected[@]}"; do
		i=$((i + 1))
		[ "$stage" != "$from" ] || forced=yes
		progress_start "[$i/${#selected[@]}] $stage"
		if [ $forced = no ] && cache_has "$stage"; then
			progress_end cached
		elif [ $forced = no ] && cache_copy_from_mirror "$stage"; then
			progress_end "copied from $UKL_CACHE_MIRROR"
		else
			stage_build "$stage"
		fi
	done
	rm -rf "$cache/src"
}

# The prefix becomes what all stages up to --until make.
build() {
	select_stages
	if [ -z "$from" ] && install_is_current; then
		say "$prefix is up to date"
		return
	fi
	install_check_prefix
	build_stages
	install_stages
	say "installed in $DESTDIR$prefix; try $prefix/bin/$target-gcc --version"
}

extract() {
	select_stages
	if [ -z "$from" ] && extract_is_current; then return; fi
	build_stages
	extract_stage
}

main() {
	graph_read
	read_arguments "$@"
	cache_open
	graph_keys
	case $action in
	list) graph_list ;;
	clean) cache_clean "$clean" ;;
	build) build ;;
	extract) extract ;;
	demo)
		until=
		build
		demo
		;;
	esac
}

# One command, so that bash has read it all: the file may be edited during a long build.
main "$@"; exit
