#!/bin/sh
# Runs every check of the project, stops at the first that fails.
#
#   sh tools/check.sh [all|rust|python]
#
# Needs a Rust toolchain, a C compiler and CPython 3.11 or later; what else the Python tests
# need goes into .venv.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '\ncheck.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 not found: $2"
}

# step NAME COMMAND...
step() {
    name=$1
    shift
    printf '\n==> %s\n' "$name"
    "$@" </dev/null || fail "FAILED at: $name (exit code $?)" "$?"
}

# In CI a Cargo.lock that doesn't fit is a mistake; at a desk cargo may bring it up to date.
locked=${CI:+--locked}

# $locked is one word or none.
# shellcheck disable=SC2086
check_rust() {
    step 'cargo fmt' cargo fmt --all --check
    step 'cargo clippy' cargo clippy $locked --workspace --all-targets -- -D warnings
    # Runs the examples in the documentation too. The client's tests wait more than they work, so
    # two cores can take three at a time.
    step 'cargo test' env RUST_TEST_THREADS="${RUST_TEST_THREADS:-3}" cargo test $locked --workspace
    step 'cargo doc' env RUSTDOCFLAGS='-D warnings' cargo doc $locked --workspace --no-deps
}

fits() {
    "$1" -c 'import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 11))' \
        >/dev/null 2>&1
}

# make_venv PYTHON: a virtual environment in $venv, with pip inside if this Python brings one.
make_venv() {
    rm -rf "$venv"
    "$1" -m venv "$venv" >/dev/null 2>&1 && return
    # Debian and its kin ship venv without ensurepip; then pip has to come from outside.
    rm -rf "$venv"
    "$1" -m pip --version >/dev/null 2>&1 && "$1" -m venv --without-pip "$venv" >/dev/null 2>&1
}

prepare_venv() {
    if ! { [ -x "$venv/bin/python" ] && fits "$venv/bin/python"; }; then
        unfit='no CPython 3.11 or later found (looked for python3, python3.11 to python3.14)'
        for python in python3 python3.14 python3.13 python3.12 python3.11 python; do
            fits "$python" || continue
            make_venv "$python" && break
            rm -rf "$venv"
            unfit="$(command -v "$python") can't make a virtual environment: install its venv or pip (Debian, Ubuntu: python3-venv)"
        done
        [ -x "$venv/bin/python" ] || fail "$unfit"
        # Whose pip to use when there is none inside.
        command -v "$python" >"$venv/made-by"
    fi
    # The list as it was when it was last installed; missing after an interrupted installation.
    cmp -s "$requirements" "$venv/installed" && return
    rm -f "$venv/installed"
    pip_install --requirement "$requirements"
    cp "$requirements" "$venv/installed"
}

# pip_install ARGUMENTS...: installs into $venv.
pip_install() {
    set -- install --no-input --quiet "$@"
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        "$venv/bin/python" -m pip --disable-pip-version-check "$@"
    else
        "$(cat "$venv/made-by")" -m pip --disable-pip-version-check --python "$venv/bin/python" "$@"
    fi
}

# Builds the wheel and installs it into $venv, if it isn't there yet. With the profile of the Rust
# tests, so that dependencies are compiled once; `just bench` measures a release build.
# $locked is one word or none.
# shellcheck disable=SC2086
install_wheel() {
    rm -rf "$wheels"
    .venv/bin/python -m maturin build $locked --quiet --profile dev --out "$wheels"
    set -- "$wheels"/*.whl
    cmp -s "$1" "$venv/installed.whl" && return
    rm -f "$venv/installed.whl"
    # Alone: were there a dependency, it would not be found.
    pip_install --no-index --force-reinstall "$1"
    cp "$1" "$venv/installed.whl"
}

# shellcheck disable=SC2086 # lists of words
# The tests that build a wheel, and copy gigabytes, run beside the others, which wait more than they
# work.
run_pytest() {
    pytest='.venv/bin/python -m pytest -c tests/python/pyproject.toml'
    heavy='tests/python/test_sdist.py tests/python/test_huge_upload.py'
    others=tests/python
    for file in $heavy; do
        others="$others --ignore=$file"
    done
    # They may take minutes where the machine is slow; a stack after two would only confuse.
    $pytest -o faulthandler_timeout=900 $heavy >"$target/pytest-heavy.log" 2>&1 &
    result=0
    $pytest $others || result=$?
    wait $! || result=$?
    cat "$target/pytest-heavy.log"
    return $result
}

# $locked is one word or none.
# shellcheck disable=SC2086
check_python() {
    # In shells of their own, for `set -e` is off inside a function that `||` follows.
    step 'Python packages' sh "$self" prepare-venv
    step 'cargo build' cargo build $locked -p mss-cli
    step 'wheel' sh "$self" install-wheel
    METASTUDIO_BIN=$(cd "$target" && pwd)/debug/metastudio
    METASTUDIO_WHEEL=$(cd "$wheels" && pwd)
    export METASTUDIO_BIN METASTUDIO_WHEEL
    config=tests/python/pyproject.toml
    python=.venv/bin/python
    step 'ruff check' $python -m ruff check tests/python tests/pipelines
    step 'ruff check' $python -m ruff check --config $config python benchmarks
    step 'ruff format' $python -m ruff format --check tests/python tests/pipelines
    step 'ruff format' $python -m ruff format --check --config $config python benchmarks
    step 'mypy (package)' $python -m mypy --strict --config-file $config python/metastudio
    step 'mypy (tests)' $python -m mypy --strict --config-file $config tests/python
    step 'mypy (benchmarks)' $python -m mypy --strict --config-file $config benchmarks
    step 'stubtest' $python -m mypy.stubtest --mypy-config-file $config \
        --allowlist tests/python/stubtest-allowlist.txt metastudio
    # A pyright that brings all it needs in its package.
    step 'pyright' $python -m basedpyright --project $config --pythonpath $python
    step 'pytest' sh "$self" run-pytest
}

self=tools/$(basename "$0")
target=${CARGO_TARGET_DIR:-target}
wheels=$target/wheels-dev
# Other environments than that of the Python tests: `prepare-venv DIRECTORY REQUIREMENTS`,
# `install-wheel DIRECTORY`.
venv=${2:-.venv}
requirements=${3:-tests/requirements.txt}
what=${1:-all}
case $what in
    all | rust | python) ;;
    prepare-venv)
        prepare_venv
        exit
        ;;
    install-wheel)
        install_wheel
        exit
        ;;
    run-pytest)
        run_pytest
        exit
        ;;
    *) fail "usage: sh tools/check.sh [all|rust|python]" 2 ;;
esac

need cargo 'install a Rust toolchain (rustup.rs)'
command -v cc >/dev/null 2>&1 || need "${CC:-gcc}" 'install a C compiler'
[ "$what" = python ] || check_rust
[ "$what" = rust ] || check_python
printf '\ncheck.sh: all checks passed (%s)\n' "$what"
