#!/bin/sh
# Runs the tests of the adapters for Spark, Ray and Dask, on the real engines.
#
#   sh tools/pipelines.sh [arguments of pytest]
#
# Needs what tools/check.sh needs, and Java 17 or later for Spark. The engines take 1.2 GB in
# .venv-pipelines.
set -eu
cd "$(dirname "$0")/.."

venv=.venv-pipelines
target=${CARGO_TARGET_DIR:-target}

sh tools/check.sh prepare-venv
sh tools/check.sh prepare-venv $venv tests/pipelines/requirements.txt
cargo build ${CI:+--locked} -p mss-cli
sh tools/check.sh install-wheel $venv
METASTUDIO_BIN=$(cd "$target" && pwd)/debug/metastudio
export METASTUDIO_BIN

# With the engines' own types.
MYPYPATH=tests/python .venv/bin/python -m mypy --strict \
    --config-file tests/python/pyproject.toml --python-executable $venv/bin/python \
    python/metastudio/spark.py python/metastudio/ray.py tests/pipelines
exec $venv/bin/python -m pytest -c tests/pipelines/pyproject.toml tests/pipelines "$@"
