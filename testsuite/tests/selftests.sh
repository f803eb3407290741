#!/usr/bin/env bash
# Some of the kernel's own selftests in ring 0, case by case as in ring 3 on the kernel without our
# patches; those results are kept in results/selftests-ring3. testsuite/selftests runs all.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

selftests() {
	UKL_PREFIX=$prefix "$testsuite/selftests" "$@"
}

if [ ! -f "$(awk '$1 == "linux" && $3 == "deb" { print $4 }' "$top/sources.pin")" ] && [ "$(id -u)" != 0 ]; then
	skip_all "the kernel's source is not installed"
fi

# Short ones that cover what the fast path and its shortcuts touch.
chosen=(
	clone3/clone3
	core/close_range_test
	filesystems/eventfd/eventfd_test
	futex/functional/futex_wait_wouldblock
	kcmp/kcmp_test
	membarrier/membarrier_test_multi_thread
	mm/memfd_secret
	mm/mremap_dontunmap
	mm/pkey_sighandler_tests_64
	net/af_unix/scm_rights
	pidfd/pidfd_getfd_test
	proc/proc-self-syscall
	ptrace/get_syscall_info
	seccomp/seccomp_bpf
	sigaltstack/sas
	syscall_user_dispatch/sud_test
	x86/sigaltstack_64
	x86/single_step_syscall_64
	x86/syscall_nt_64
	x86/sysret_rip_64
)
run=0
key=()
# What testsuite/run has appended
[[ ${UKL_TEST_APPEND:-} != *ukl_key=on* ]] || key=(--key)
selftests --ring0 "${key[@]}" "${chosen[@]}" >table || run=$?
cat table
[ -d "$testsuite/build/kselftest/libraries" ] || skip_all "libcap-dev cannot be fetched, which some of the selftests need"
holds "no unexplained difference" test $run = 0
holds "a line for each test" same "${#chosen[@]}" "$(grep -c '^[a-z0-9_]*/' table)"
cases=$(awk '/ tests / { print $3 }' table)
holds "they have cases" test "${cases:-0}" -gt 250

unknown() { fails selftests no-such-test 2>stderr.txt && one_line stderr.txt "no test matches 'no-such-test'"; }
holds "an unknown test" unknown

summary
