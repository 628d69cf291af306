# Shows the recipes.
default:
    @just --list

# Runs every check: Rust, then Python (or one of them: just test rust).
test *what:
    sh tools/check.sh {{ what }}

# Formats the Rust and the Python code.
fmt: _venv
    cargo fmt --all
    .venv/bin/python -m ruff format tests/python
    .venv/bin/python -m ruff check --fix tests/python

# Runs the linters and the type checker only.
lint: _venv
    cargo clippy --workspace --all-targets -- -D warnings
    .venv/bin/python -m ruff check tests/python
    .venv/bin/python -m mypy --strict --config-file tests/python/pyproject.toml tests/python

# Measures signing, and one confirm call on a kept connection.
bench:
    cargo bench -p mss-core --bench signing
    cargo bench -p mss-http --bench confirm

# Starts a local MetaStudio (just emulator --port 8080).
emulator *args:
    cargo run -p mss-cli -- emulator {{ args }}

# Builds the documentation of the crates.
doc:
    cargo doc --workspace --no-deps

# The Python tools, as the checks use them.
_venv:
    @sh tools/check.sh prepare-venv
