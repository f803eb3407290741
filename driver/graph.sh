# shellcheck shell=bash
# The stages, what each depends on, and the keys that follow from that.
# Globals read here and made here are shared by all parts of the driver:
# shellcheck disable=SC2034,SC2154

declare -a order=() selected=() shipped=()
declare -A optional=() library=() flavour=() fragment_of=() sources_of=() inputs_of=() files_of=() disk_of=() key_of=() key_text_of=()

# Reads stages/graph: one stage per line, columns separated by '|'.
graph_read() {
	local stage srcs ins files disk when rest
	[ -f "$stages_dir/graph" ] || die "no stage list at $stages_dir/graph"
	while IFS='|' read -r stage srcs ins files disk when rest; do
		stage=${stage//[[:space:]]/}
		case $stage in '' | '#'*) continue ;; esac
		when=${when//[[:space:]]/}
		[ -f "$stages_dir/$stage.sh" ] || die "$stages_dir/graph names $stage, but there is no $stage.sh"
		[[ $when == kernel:* ]] || order+=("$stage")
		sources_of[$stage]=$srcs
		inputs_of[$stage]=$ins
		files_of[$stage]=$files
		disk_of[$stage]=${disk//[[:space:]]/}
		case $when in
		kernel:*) readarray -t -d , shipped < <(printf %s "${when#kernel:}") ;;
		optional) optional[$stage]=yes ;;
		library) optional[$stage]=yes library[$stage]=yes ;;
		esac
	done <"$stages_dir/graph"
	for stage in "${shipped[@]}"; do flavour_add "$stage" "$root/linux-patches/$stage.config"; done
}

stage_exists() { [[ " ${order[*]} " == *" $1 "* ]]; }

# The libraries that were asked for and those that the prefix has already, which stay current with
# the rest; each with the libraries that it needs.
select_libraries() {
	local stage name
	for stage in "${!library[@]}"; do
		[[ " ${libraries[*]} " == *" $stage "* ]] || install_records "$stage" || continue
		for name in $(all_inputs "$stage") "$stage"; do
			[ -z "${library[$name]:-}" ] || with_optional+=" $name"
		done
	done
}

# The kernel flavours that were asked for and those that the prefix has already.
select_flavours() {
	local stage
	for stage in "${!flavour[@]}"; do
		if [[ " ${flavours[*]} " == *" $stage "* ]] || install_records "$stage"; then with_optional+=" $stage"; fi
	done
}

# selected = the stages that this call is about.
select_stages() {
	local stage with_optional=
	select_libraries
	select_flavours
	if [ -n "$extract" ]; then
		readarray -t selected < <(all_inputs "$extract"; echo "$extract")
		return
	fi
	for stage in "${order[@]}"; do
		[[ -n ${optional[$stage]:-} && " $with_optional " != *" $stage "* ]] || selected+=("$stage")
		[ "$stage" != "$until" ] || break
	done
	[[ -z $from || " ${selected[*]} " == *" $from "* ]] || die "--from $from comes after --until $until"
}

stage_script() {
	if [ -n "${flavour[$1]:-}" ]; then echo "$stages_dir/flavour.sh"; else echo "$stages_dir/$1.sh"; fi
}

# A stage's inputs and theirs, in build order, one per line.
all_inputs() {
	local wanted=" " name stage
	local -a queue
	read -ra queue <<<"${inputs_of[$1]//\~/}"
	while [ ${#queue[@]} -gt 0 ]; do
		name=${queue[0]}
		wanted+="$name "
		read -ra queue <<<"${queue[*]:1} ${inputs_of[$name]//\~/}"
	done
	for stage in "${order[@]}"; do
		[[ $wanted != *" $stage "* ]] || echo "$stage"
	done
}

# Our files below the given paths (relative to the root), one per line. Build products in
# the checkout do not count, nor does documentation: neither changes what is built.
list_files() {
	(
		cd "$root" || exit
		if git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null; then
			:
		else
			find "$@" -type f -o -type l
		fi
	) | grep -Ev '\.(md|o|a)$|~$|(^|/)\.git' | LC_ALL=C sort -u | while read -r f; do
		[ ! -e "$root/$f" ] && [ ! -L "$root/$f" ] || printf '%s\n' "$f"
	done
}

# One hash over names, modes and contents of the files of ours whose names come in.
files_digest() {
	(
		cd "$root" || exit
		plain=()
		while read -r f; do
			if [ -L "$f" ]; then
				printf "link %s %s\n" "$f" "$(readlink "$f")"
				continue
			fi
			[ ! -x "$f" ] || printf "x %s\n" "$f"
			plain+=("$f")
		done
		[ ${#plain[@]} = 0 ] || printf "%s\0" "${plain[@]}" | xargs -0 -r sha256sum
	) | LC_ALL=C sort | sha256sum | cut -c 1-64
}

# The text whose hash is the key of a stage: all that can change its output. Not in it: the
# driver, the number of jobs, where things lie on this machine.
graph_key_text() {
	local stage=$1 item name patches
	echo "ukl stage 1"
	echo "stage $stage"
	echo "script $(sha256sum <"$(stage_script "$stage")" | cut -c 1-64)"
	[ -z "${fragment_of[$stage]:-}" ] || echo "fragment $(sha256sum <"${fragment_of[$stage]}" | cut -c 1-64)"
	echo "epoch $SOURCE_DATE_EPOCH"
	for item in ${sources_of[$stage]}; do
		name=${item%%:*}
		echo "source $item ${source_identity[$name]}"
		patches=$(source_patches "$item")
		[ -z "$patches" ] || echo "patches $(files_digest <<<"$patches")"
	done
	for item in ${files_of[$stage]}; do
		case $item in
		@*) name=UKL_${item#@}; echo "option $name=${!name}" ;;
		*)
			[ -e "$root/$item" ] || die "stages/graph: $stage needs $item, which is not there"
			echo "files $item $(list_files "$item" | files_digest)"
			;;
		esac
	done
	for item in ${inputs_of[$stage]}; do
		case $item in
		*~)
			name=${item%\~}
			for name in ${sources_of[$name]}; do echo "needs $item ${source_identity[${name%%:*}]}"; done
			;;
		*) echo "input $item ${key_of[$item]}" ;;
		esac
	done
}

graph_keys() {
	local stage
	source_identities
	for stage in "${order[@]}"; do
		key_text_of[$stage]=$(graph_key_text "$stage")
		key_of[$stage]=$(printf '%s\n' "${key_text_of[$stage]}" | sha256sum | cut -c 1-20)
	done
}

graph_list() {
	local stage state seconds
	printf '%-18s %-10s %-20s %s\n' STAGE STATE KEY 'BUILT IN'
	for stage in "${order[@]}"; do
		state='to build'
		seconds=
		if cache_has "$stage"; then
			state=cached
			seconds=$(cat "$(cache_entry "$stage")/seconds")
		elif cache_in_mirror "$stage"; then
			state='in mirror'
		fi
		if install_has "$stage"; then state=installed; fi
		[ "$state${optional[$stage]:-}" != 'to buildyes' ] || state=optional
		printf '%-18s %-10s %-20s %s\n' "$stage" "$state" "${key_of[$stage]}" \
			"${seconds:+$(minutes "$seconds")}"
	done
}
