#!/bin/sh
# Changes one thing after another in what decides about a call, and tells which changes no test
# notices: about an hour on two cores.
#
#   sh tools/mutants.sh [signing|retry|pacing|outcome|all] [cargo mutants' options]
#
# Needs cargo-mutants. .cargo/mutants.toml lists the changes that may go unnoticed, with the reason.
set -eu
cd "$(dirname "$0")/.."

what=${1:-all}
[ $# -eq 0 ] || shift
core=crates/mss-core/src
signing="-f $core/signing/**"
retry="-f $core/retry/**"
pacing="-f $core/pacing/**"
outcome="-f $core/outcome.rs -f $core/answer.rs"
case $what in
    signing) files=$signing ;;
    retry) files=$retry ;;
    pacing) files=$pacing ;;
    outcome) files=$outcome ;;
    all) files="$signing $retry $pacing $outcome" ;;
    *)
        echo 'usage: sh tools/mutants.sh [signing|retry|pacing|outcome|all] [OPTIONS]' >&2
        exit 2
        ;;
esac
set -f # the patterns are for cargo-mutants
# shellcheck disable=SC2086 # lists of words
exec cargo mutants $files --test-package mss-core --timeout 60 "$@" -- --lib --tests
