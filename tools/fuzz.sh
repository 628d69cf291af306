#!/bin/sh
# Fuzzes one target, or each in turn, for so many seconds.
#
#   sh tools/fuzz.sh [TARGET|all] [SECONDS]
#
# Needs cargo-fuzz. What is found lies in fuzz/artifacts; cut down with `cargo fuzz tmin` it
# belongs into the crate's tests/fuzz/corpus, where the tests try it for ever.
set -eu
cd "$(dirname "$0")/.."

# The sanitizer's flags are those of nightly toolchains.
export RUSTC_BOOTSTRAP=1

targets=${1:-all}
seconds=${2:-60}
[ "$targets" != all ] || targets='error_bodies gateway_text obs_xml journal validators requests'
for target in $targets; do
    kept=crates/mss-core/tests/fuzz/corpus/$target
    [ -d "$kept" ] || kept=crates/mss-emulator/tests/fuzz/corpus/$target
    mkdir -p "fuzz/corpus/$target"
    # New inputs go to the first of the two.
    cargo fuzz run "$target" "fuzz/corpus/$target" "$kept" -- \
        -max_total_time="$seconds" -max_len=8192 -timeout=10
done
