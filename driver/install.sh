# shellcheck shell=bash
# The prefix: the union of all stages. A new one is made beside the old one and takes its place
# by rename; files that others put into the old one come along.
# shellcheck disable=SC2154

install_record=share/ukl/stages   # "STAGE KEY" of all that is installed
install_files=share/ukl/files     # every file that we installed

# Is there any version of this stage in the prefix?
install_records() { grep -qs -- "^$1 " "$DESTDIR$prefix/$install_record"; }

install_has() { grep -qsx -- "$1 ${key_of[$1]}" "$DESTDIR$prefix/$install_record"; }

install_is_current() {
	local stage
	for stage in "${selected[@]}"; do
		install_has "$stage" || return 1
	done
}

# After --clean the stage counts as not installed either.
install_forget() {
	local record=$DESTDIR$prefix/$install_record
	[ ! -f "$record" ] || sed -i "/^$1 /d" "$record"
}

# Before hours of building: can the result be put where it belongs?
install_check_prefix() {
	local to=$DESTDIR$prefix
	# Interrupted between its two renames, an earlier call left only the old prefix.
	if [ ! -e "$to" ] && [ -d "$to.old" ]; then mv -T -- "$to.old" "$to"; fi
	if [ -e "$to" ] && [ ! -d "$to" ]; then die "the prefix $to is not a folder; choose another with --prefix"; fi
	if [ -n "$(ls -A -- "$to" 2>/dev/null)" ] && [ ! -f "$to/$install_record" ]; then
		die "the prefix $to holds something that this script did not install; choose another with --prefix"
	fi
	rm -rf "$to.new" 2>/dev/null
	if ! mkdir -p -- "$to.new" 2>/dev/null || ! rmdir -- "$to.new"; then
		die "cannot write to $(dirname "$to"); choose another prefix with --prefix"
	fi
}

install_stages() {
	local to=$DESTDIR$prefix stage
	local new=$to.new
	rm -rf "$new"
	mkdir -p "$new"
	host_require_disk "$new" 600 "the prefix" "choose another with --prefix"
	for stage in "${selected[@]}"; do
		cache_extract "$stage" root "$new"
	done
	mkdir -p "$new/share/ukl"
	(cd "$new" && find . ! -type d | LC_ALL=C sort) >"$cache/building/files"
	if [ -f "$to/$install_files" ]; then
		(cd "$to" && find . ! -type d ! -path './share/ukl/*' | LC_ALL=C sort | LC_ALL=C comm -23 - "$install_files" |
			tr '\n' '\0' | xargs -0 -r cp -a --parents -n -t "$new")
	fi
	mv "$cache/building/files" "$new/$install_files"
	for stage in "${selected[@]}"; do echo "$stage ${key_of[$stage]}"; done >"$new/$install_record"
	rm -rf "$to.old"
	[ ! -e "$to" ] || mv -T -- "$to" "$to.old"
	mv -T -- "$new" "$to"
	rm -rf "$to.old"
}

# --extract: one stage's files in a folder of their own, which appears when it is whole.
extract_is_current() { [ "$(cat "$extract_dir/.stage" 2>/dev/null)" = "$extract ${key_of[$extract]}" ]; }

extract_stage() {
	if [ -e "$extract_dir" ] && [ ! -f "$extract_dir/.stage" ]; then
		die "--extract: $extract_dir holds something else; name another folder"
	fi
	rm -rf "$extract_dir.new" "$extract_dir.old"
	mkdir -p -- "$extract_dir.new" || die "--extract: cannot write to $(dirname "$extract_dir"); name another folder"
	cache_extract "$extract" root "$extract_dir.new"
	echo "$extract ${key_of[$extract]}" >"$extract_dir.new/.stage"
	[ ! -e "$extract_dir" ] || mv -T -- "$extract_dir" "$extract_dir.old"
	mv -T -- "$extract_dir.new" "$extract_dir"
	rm -rf "$extract_dir.old"
}
