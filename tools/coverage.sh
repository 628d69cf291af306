#!/bin/sh
# Measures which lines of the two crates that a call goes through are run by the tests of Rust:
# at least 95 % of mss-core's and 90 % of mss-http's.
#
#   sh tools/coverage.sh
#
# Needs cargo-llvm-cov and the toolchain's llvm-tools.
set -eu
cd "$(dirname "$0")/.."

cargo llvm-cov clean --workspace
cargo llvm-cov --no-report -p mss-core -p mss-http
result=0
for crate in mss-core:95 mss-http:90; do
    # Children that the tests kill leave profiles that are cut; the others are whole.
    cargo llvm-cov report -p "${crate%:*}" --failure-mode all --summary-only \
        --fail-under-lines "${crate#*:}" || result=1
done
exit $result
