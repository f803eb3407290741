#!/usr/bin/env bash
# Ninja from Debian's source, built by its own build system and driven as its users do: what takes
# seconds of recipes/ninja. testsuite/software has the rest.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

UKL_PREFIX=$prefix "$testsuite/software" --fast --dir "$TEST_DIR" ninja | sed 's/^ninja: //'
