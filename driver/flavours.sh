# shellcheck shell=bash
# Kernel flavours: a stage kernel-NAME for each configuration fragment. The graph has one line for
# all; some fragments come with us, others are the user's. The prefix keeps a copy of each, from which later
# calls make the same stage again.
# The tables are declared in graph.sh:
# shellcheck disable=SC2004,SC2034,SC2154

flavour_fragments=share/ukl/kernels

# flavour_add NAME FRAGMENT
flavour_add() {
	local stage=kernel-$1
	[ -f "$2" ] || die "stages/graph: the kernel $1 needs ${2#"$root/"}, which is not there"
	[ -n "${flavour[$stage]:-}" ] || order+=("$stage")
	flavour[$stage]=yes optional[$stage]=yes
	fragment_of[$stage]=$2
	sources_of[$stage]=${sources_of[flavour]}
	inputs_of[$stage]=${inputs_of[flavour]}
	files_of[$stage]=${files_of[flavour]}
	disk_of[$stage]=${disk_of[flavour]}
}

# flavour_ask [FRAGMENT] NAME: from the command line.
flavour_ask() {
	local name=${*: -1} bad
	[ -n "${sources_of[flavour]:-}" ] || die "there are no kernel flavours"
	[[ $name =~ ^[a-z0-9][a-z0-9_-]{0,31}$ ]] ||
		die "kernel: bad name '$name': a kernel's name has up to 32 small letters, digits, _ or -"
	if [ $# = 1 ]; then
		[[ " ${shipped[*]} " == *" $name "* ]] ||
			die "kernel: '$name' is none of those that need no fragment (${shipped[*]}); see --help"
	else
		[[ " cloud ${shipped[*]} " != *" $name "* ]] || die "kernel: the name '$name' is taken; choose another"
		[[ -f $1 && -r $1 ]] || die "kernel: cannot read the fragment '$1'"
		bad=$(grep -nvE '^(#.*|CONFIG_[A-Za-z0-9_]+=.+|[[:space:]]*)$' "$1" | head -n 1 || true)
		[ -z "$bad" ] || die "kernel: $1:${bad%%:*}: '${bad#*:}' is no line of a kernel configuration"
		flavour_add "$name" "$(realpath -- "$1")"
	fi
	flavours+=("kernel-$name")
}

# Those of the user's that the prefix has already.
flavours_installed() {
	local stage record=$DESTDIR$prefix/$install_record name
	[[ -n ${sources_of[flavour]:-} && -f $record ]] || return 0
	while read -r stage _; do
		name=${stage#kernel-}
		if [ "$name" != "$stage" ] && [ -z "${flavour[$stage]:-}" ]; then
			flavour_add "$name" "$DESTDIR$prefix/$flavour_fragments/$name.config"
		fi
	done <"$record"
}
