# shellcheck shell=bash
# Files of ours as they are: descriptions of the target for other projects' build systems.
set -e

cp -R "$FILES/sysroot/." "$DEST/"
