#!/usr/bin/env bash
# A minute of what testsuite/soak does for hours: Redis, nginx and a third ring-0 program in one machine,
# under load.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

UKL_PREFIX=$prefix "$testsuite/soak" --seconds 60 --dir "$TEST_DIR"
