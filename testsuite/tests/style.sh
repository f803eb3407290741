#!/usr/bin/env bash
# What is written in shell is shellcheck-clean.
# default kernel only: about files
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

command -v shellcheck >/dev/null || skip_all "shellcheck is not installed"

# Scripts are known by their first line, parts of scripts by the directive in it.
scripts() {
	(cd "$top" && find . -path ./out -prune -o -path ./testsuite/build -prune -o -path ./.git -prune -o -type f -print) |
		while read -r file; do
			read -r first <"$top/$file" 2>/dev/null || true
			case $first in
			'#!/bin/sh'* | '#!/bin/bash'* | '#!/usr/bin/env bash'* | '# shellcheck shell='*) echo "$top/$file" ;;
			esac
		done
}
readarray -t found < <(scripts)
holds "the scripts are found" test ${#found[@]} -gt 40
holds "shellcheck" shellcheck -x "${found[@]}"

summary
