# Shows the recipes.
default:
    @just --list

# Runs every check: Rust, then Python (or one of them: just test rust).
test *what:
    sh tools/check.sh {{ what }}

# Runs the adapters on real engines: Spark, Ray and Dask (just pipelines -k ray).
pipelines *args:
    sh tools/pipelines.sh {{ args }}

# Formats the Rust and the Python code.
fmt: _venv
    cargo fmt --all
    .venv/bin/python -m ruff format tests/python tests/pipelines
    .venv/bin/python -m ruff check --fix tests/python tests/pipelines
    .venv/bin/python -m ruff format --config tests/python/pyproject.toml python benchmarks
    .venv/bin/python -m ruff check --config tests/python/pyproject.toml --fix python benchmarks

# Runs the linters and the type checkers only.
lint: _wheel
    cargo clippy --workspace --all-targets -- -D warnings
    .venv/bin/python -m ruff check tests/python tests/pipelines
    .venv/bin/python -m ruff check --config tests/python/pyproject.toml python benchmarks
    .venv/bin/python -m mypy --strict --config-file tests/python/pyproject.toml python/metastudio
    .venv/bin/python -m mypy --strict --config-file tests/python/pyproject.toml tests/python
    .venv/bin/python -m mypy --strict --config-file tests/python/pyproject.toml benchmarks
    .venv/bin/python -m mypy.stubtest --mypy-config-file tests/python/pyproject.toml --allowlist tests/python/stubtest-allowlist.txt metastudio

# Uploads a thousand files, each with faults at random points (just faulty-uploads 5000 7).
faulty-uploads uploads="1000" seed="20261123":
    METASTUDIO_UPLOADS={{ uploads }} METASTUDIO_SEED={{ seed }} cargo test -p mss-http --test it faulty_uploads

# Measures the figures of docs/RELIABILITY.md, all or some (just reliability ctrl_c --write).
reliability *args:
    sh tools/reliability.sh {{ args }}

# Fuzzes what reads foreign bytes: each target, or one, for so many seconds (just fuzz journal 600).
fuzz target="all" seconds="60":
    sh tools/fuzz.sh {{ target }} {{ seconds }}

# Measures which lines the tests of mss-core and mss-http run (needs cargo-llvm-cov).
coverage:
    sh tools/coverage.sh

# Changes what decides about a call, bit by bit: does a test notice (just mutants pacing)?
mutants *args:
    sh tools/mutants.sh {{ args }}

# Makes 100,000 calls, 1,000 clients and 1,000 cancelled uploads: does anything grow?
growth times="20":
    METASTUDIO_GROWTH={{ times }} cargo test -p mss-http --test growth -- --nocapture

# Measures how processes use and share a limited emulator, a minute for each limiter.
pacing:
    cargo test -p mss-http --test it -- --exact pacing::a_minute_at_each_limit --ignored --nocapture

# Measures signing and one confirm call in Rust, then the wheel beside the vendor's SDK.
bench: _venv
    cargo bench -p mss-core --bench signing
    cargo bench -p mss-http --bench confirm
    .venv/bin/python benchmarks/run.py

# Builds the release wheel into dist/.
wheel: _venv
    .venv/bin/python -m maturin build --release --out dist

# Builds a wheel from the source distribution and tries it.
sdist-check: _wheel
    .venv/bin/python -m pytest -c tests/python/pyproject.toml tests/python/test_sdist.py

# Starts a local MetaStudio (just emulator --port 8080).
emulator *args:
    cargo run -p mss-cli -- emulator {{ args }}

# Judges the dependencies: licences, versions, origin, known weaknesses (needs cargo-deny; the last
# fetches RustSec's list, so without a network: just deny bans licenses sources).
deny *checks:
    cargo deny --locked check {{ checks }}

# Builds the documentation of the crates.
doc:
    cargo doc --workspace --no-deps

# The Python tools, as the checks use them.
_venv:
    @sh tools/check.sh prepare-venv

# The wheel, installed as the checks use it.
_wheel: _venv
    @sh tools/check.sh install-wheel
