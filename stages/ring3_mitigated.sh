# shellcheck shell=bash
# The same with the mitigations that are on by default.
set -e
# shellcheck source=SCRIPTDIR/ring3_kernel.inc
. "$FILES/stages/ring3_kernel.inc"
ring3_kernel "$FILES/linux-patches/mitigations.config"
