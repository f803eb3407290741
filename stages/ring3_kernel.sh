# shellcheck shell=bash
# What ring 0 is compared with: Linux without our patches, the same configuration, mitigations off.
set -e
# shellcheck source=SCRIPTDIR/ring3_kernel.inc
. "$FILES/stages/ring3_kernel.inc"
# shellcheck disable=SC2119
ring3_kernel
