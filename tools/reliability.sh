#!/bin/sh
# Measures the figures of docs/RELIABILITY.md by the long forms of the tests: half an hour or so.
#
#   sh tools/reliability.sh [NAME...] [--write]
#
# tests/python/reliability.py tells more. Needs what tools/check.sh needs.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
sh tools/check.sh prepare-venv
cargo build -p mss-cli
sh tools/check.sh install-wheel
METASTUDIO_BIN=$(cd "$target" && pwd)/debug/metastudio
METASTUDIO_WHEEL=$(cd "$target" && pwd)/wheels-dev
export METASTUDIO_BIN METASTUDIO_WHEEL
exec .venv/bin/python tests/python/reliability.py "$@"
