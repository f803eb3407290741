# shellcheck shell=bash
# Building one stage. A stage script runs in an empty folder and sees only this:
#   $SRC/NAME   a private, patched tree of each source it names in stages/graph
#   $FILES      the files of ours that it names there, and no others
#   $IN         the union of its inputs' results, laid out as the prefix ($IN/bin comes first in PATH)
#   $KEEP/NAME  what input NAME put into its own $SAVE
#   $DEST       to be filled: files relative to the prefix
#   $SAVE       to be filled, if later stages need more than $DEST
#   $STAGE      its name; of a kernel flavour $FILES/fragment is the configuration
#   $REFUSED    a file for one line that says what is wrong with what the user gave, before it fails
#   $PREFIX     the neutral prefix to configure for; DESTDIR=$STAGING then installs into $DEST
#   $TARGET $JOBS $MAP (compiler flags that hide the build folder; the second is for the assembler) SOURCE_DATE_EPOCH
# shellcheck disable=SC2154

stage_pid=
stage_work=

stage_interrupted() {
	[ -z "$stage_pid" ] || kill -- "-$stage_pid" 2>/dev/null || true
	printf '\n' >&2
	exit 130
}
trap stage_interrupted INT TERM HUP

stage_prepare() {
	local stage=$1 w=$stage_work item input f
	rm -rf "$w"
	mkdir -p "$w"/{src,files,in,keep,build,save} "$w/staging/opt/$target"
	for item in ${sources_of[$stage]}; do
		source_prepare "$item" "$w/src/${item%%:*}"
	done
	while read -r input; do
		cache_extract "$input" root "$w/in"
	done < <(all_inputs "$stage")
	for input in ${inputs_of[$stage]//\~/}; do
		cache_extract "$input" keep "$w/keep/$input"
	done
	for item in ${files_of[$stage]}; do
		case $item in @*) continue ;; esac
		list_files "$item" | while read -r f; do
			(cd "$root" && cp -P --parents -- "$f" "$w/files/")
		done
	done
	[ -z "${fragment_of[$stage]:-}" ] || cp -- "${fragment_of[$stage]}" "$w/files/fragment"
	find "$w/files" -print0 | xargs -0 touch -h -d "@$SOURCE_DATE_EPOCH"
}

# Runs the stage script; its output goes to the log. Returns the script's status.
stage_run() {
	local stage=$1 w=$stage_work
	local -a environment=(
		"PATH=$w/in/bin:$PATH" "HOME=${HOME:-/}" TERM=dumb LC_ALL=C TZ=UTC
		"SRC=$w/src" "FILES=$w/files" "IN=$w/in" "KEEP=$w/keep" "SAVE=$w/save"
		"STAGING=$w/staging" "DEST=$w/staging/opt/$target" "PREFIX=/opt/$target"
		"TARGET=$target" "JOBS=$jobs" "MAP=-ffile-prefix-map=$w=. -fdebug-prefix-map=$w=."
		"SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "UKL_PKGVERSION=$UKL_PKGVERSION" "UKL_BUGURL=$UKL_BUGURL"
		"STAGE=$stage" "REFUSED=$w/refused" "UKL_FAILED=$w/failed"
	)
	if [ "$verbose" = yes ]; then
		exec 8> >(tee "$cache/logs/$stage.log")
	else
		exec 8>"$cache/logs/$stage.log"
	fi
	# A process group of its own, so that an interrupted build can be stopped as a whole.
	# shellcheck disable=SC2016 # expanded by the inner shell
	(cd "$w/build" && exec setsid env -i "${environment[@]}" bash -c '
		set -eEuo pipefail
		trap '\''{ set +x; } 2>/dev/null; [ -s "$UKL_FAILED" ] || echo "$BASH_COMMAND" >"$UKL_FAILED"'\'' ERR
		set -x
		. "$1"' stage "$(stage_script "$stage")") >&8 2>&1 </dev/null 8>&- &
	stage_pid=$!
	exec 8>&-
	local status=0
	wait $stage_pid || status=$?
	stage_pid=
	return $status
}

stage_failed() {
	local stage=$1 log=$cache/logs/$1.log
	[ ! -s "$stage_work/refused" ] || die "$stage: $(head -n 1 "$stage_work/refused")"
	progress_end failed
	{
		echo "toolchain-build: stage $stage failed"
		echo "  command: $(head -n 1 "$stage_work/failed" 2>/dev/null || echo unknown)"
		echo "  log:     $log"
		echo "  its last lines:"
		tail -n 15 "$log" | sed 's/^/    /'
	} >&2
	exit 1
}

# The key was computed when the call began. Asked before a stage and after it: files that were changed in
# between and changed back would else give an entry that is not what its key says.
stage_unchanged() {
	[ "$(graph_key_text "$1")" = "${key_text_of[$1]}" ] ||
		die "the files that stage $1 is built from changed meanwhile; run this again"
}

# Results must not depend on where the cache is: they are copied to other machines.
stage_check() {
	local leak
	leak=$(grep -rlF -- "$stage_work" "$stage_work/staging" "$stage_work/save" 2>/dev/null | head -n 1 || true)
	[ -z "$leak" ] || die "stage $1: ${leak#"$stage_work/staging/opt/$target/"} contains the name of the build folder $stage_work"
}

# stage_pack DIR FILE: the same tree gives the same bytes.
stage_pack() {
	tar -C "$1" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
		--mode=u+w,go-w -cf - . | zstd -q -6 -f -o "$2" ||
		die "cannot write $2"
}

stage_build() {
	local stage=$1 start=$SECONDS entry
	stage_work=$cache/building/$stage
	entry=$stage_work/entry
	host_require_disk "$cache" "${disk_of[$stage]}" "stage $stage" "free some, or set UKL_CACHE to a folder on another disk"
	stage_prepare "$stage"
	stage_unchanged "$stage"
	stage_run "$stage" || stage_failed "$stage"
	stage_check "$stage"
	stage_unchanged "$stage"
	mkdir "$entry"
	if [ -n "$(ls -A "$stage_work/save")" ]; then
		stage_pack "$stage_work/save" "$entry/keep.tar.zst"
	fi
	printf '%s\n' "${key_text_of[$stage]}" >"$entry/key"
	echo $((SECONDS - start)) >"$entry/seconds"
	stage_pack "$stage_work/staging/opt/$target" "$entry/root.tar.zst"
	cache_publish "$entry" "$stage"
	rm -rf "$stage_work"
	progress_end "$(minutes $((SECONDS - start)))"
}
