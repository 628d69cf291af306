"""The figures of docs/RELIABILITY.md, measured anew by the long forms of the tests.

    python tests/python/reliability.py [NAME...] [--write]

Runs all measurements or those that are named, prints a row each, and puts them into the document
with --write. A measurement that fails ends it: a figure of a test that failed is none. Rows that
aren't measured this time stay as they are.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import fault_table
from child import answer_of
from command import Metastudio, binary
from emulator_process import running_emulator
from slow_resolver import slow_resolver

BEGIN, END = "<!-- figures: made by just reliability -->\n", "<!-- end of figures -->\n"
HEAD = "| what | figure | how |\n| --- | --- | --- |\n"
PYTEST = (sys.executable, "-m", "pytest", "-c", "tests/python/pyproject.toml", "-q")
IT = ("cargo", "test", "-q", "-p", "mss-http", "--test", "it", "--")
# What a test says of what it has measured: `figure: NAME = VALUE`.
FIGURE = re.compile(r"figure: (.+?) = (.+)")

UPLOADS, FORKS, KILLS, CALLS, INTERRUPTS = 1000, 1000, 1000, 100_000, 50
PHASES = ("connecting", "handshake", "put", "silence", "back_off", "batch")


@dataclass(frozen=True)
class Row:
    """One line of the table; `what` is its key."""

    what: str
    figure: str
    how: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.figure} | {self.how} |"


def run(*command: str, **env: int) -> str:
    """The output of a command that has to end well."""
    variables = os.environ | {name: str(value) for name, value in env.items()}
    done = subprocess.run(
        command,
        cwd=fault_table.REPOSITORY,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nfailed with {done.returncode}: {' '.join(command)}")
    return done.stdout


def figures(output: str) -> dict[str, str]:
    return dict(FIGURE.findall(output))


def rows_tested() -> Iterator[Row]:
    """All tests whose names begin with an id; a test of many rows counts once in Rust."""
    rust = run("cargo", "test", "-q", "--workspace", "--tests", "--", "--list")
    rust_tests = re.findall(r"^(?:\S+::)?f\d\d_\S+: test$", rust, re.MULTILINE)
    collected = run(*PYTEST, "--collect-only", "tests/python", "-k", "test_f")
    python_tests = re.findall(r"::test_f\d\d_", collected)
    ids = len(fault_table.tests())
    figure = f"{len(rust_tests)} in Rust, {len(python_tests)} in Python, of {ids} ids"
    yield Row(
        "tests named after a fault", figure, "`cargo test -- --list`, `pytest --collect-only`"
    )


def faults_survived() -> Iterator[Row]:
    run(*IT, "faulty_uploads", METASTUDIO_UPLOADS=UPLOADS)
    how = "`just faulty-uploads`: at the end the caller knows what became of each file"
    yield Row("uploads with faults at random points", f"{UPLOADS}, 0 in doubt", how)


def kill_rounds() -> Iterator[Row]:
    run(*IT, "f51_killed_at", "f51_a_batch_that_was", METASTUDIO_KILLS=KILLS)
    how = "`METASTUDIO_KILLS`: `kill -9` of 200 confirmations and of 200 uploads, then resumed"
    yield Row("kill rounds", f"{KILLS} each, 0 files lost", how)


def fork_rounds() -> Iterator[Row]:
    run(*PYTEST, "tests/python/test_fork.py", METASTUDIO_TEST_FORKS=FORKS)
    how = "`METASTUDIO_TEST_FORKS`: idle and amid calls, with and without TLS"
    yield Row("fork rounds", f"{FORKS} each, 0 foreign answers", how)


def shared_client() -> Iterator[Row]:
    run(*PYTEST, "tests/python/test_threads_python.py", METASTUDIO_TEST_SHARED_CALLS=CALLS)
    how = "`METASTUDIO_TEST_SHARED_CALLS`: 64 threads, one client"
    yield Row("calls of threads that share a client", f"{CALLS:,}, 0 foreign answers", how)


def ctrl_c() -> Iterator[Row]:
    seconds = []
    with tempfile.TemporaryDirectory() as directory:
        preload = {"LD_PRELOAD": str(slow_resolver(Path(directory)))}
        for _ in range(INTERRUPTS):
            seconds.append(answer_of("signal_child.py", "resolving", env=preload)["seconds"])
            seconds += [answer_of("signal_child.py", phase)["seconds"] for phase in PHASES]
    seconds.sort()
    half, most = (1000 * seconds[int(len(seconds) * part)] for part in (0.5, 0.99))
    figure = f"p50 {half:.1f} ms, p99 {most:.1f} ms"
    how = f"{len(seconds)} interrupts, {INTERRUPTS} in each of {len(PHASES) + 1} phases"
    yield Row("Ctrl-C to KeyboardInterrupt", figure, how)


def retry_load() -> Iterator[Row]:
    seen = figures(run(*IT, "f37_an_outage_is", "--nocapture"))
    how = "requests a call when every one fails, four threads, one client"
    yield Row("load in a full outage", seen["retry load in an outage"], how)


def growth() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        with running_emulator(Metastudio(binary(), home), home / "log") as emulator:
            where = (emulator.url, emulator.project_id, emulator.token)
            counts = (str(CALLS), "1000", "1000")
            each = answer_of("growth_child.py", *where, *counts, timeout=3600)
    told = (
        (f"growth by {CALLS:,} calls", "eight threads, after a tenth as many to warm up"),
        ("growth by 1,000 clients", "each made, used for one call and closed"),
        ("growth by 1,000 cancelled uploads", "while the content was sent, half by a callback"),
    )
    for (what, how), (memory, threads, files) in zip(told, each, strict=True):
        yield Row(what, f"{memory} KiB, {threads} threads, {files} open files", how)


def secrets_found() -> Iterator[Row]:
    run("cargo", "test", "-q", "--workspace", "--tests", "f65_")
    output = run(*PYTEST, "tests/python", "-k", "f65 or f66 or f67 or secrets")
    run("cargo", "test", "-q", "--workspace", "--tests", "f67_")
    passed = re.findall(r"(\d+) passed", output)
    how = f"tests f65, f66, f67 and the scans of {passed[-1]} Python tests"
    yield Row("secrets found", "0", how)


MEASUREMENTS: dict[str, Callable[[], Iterator[Row]]] = {
    it.__name__: it
    for it in (
        rows_tested,
        faults_survived,
        ctrl_c,
        fork_rounds,
        kill_rounds,
        shared_client,
        retry_load,
        growth,
        secrets_found,
    )
}


def write(rows: list[Row]) -> None:
    """Puts the rows into the document; others stay."""
    text = fault_table.DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    lines = {line.split(" | ")[0]: line for line in table.splitlines()[3:] if line}
    lines |= {f"| {row.what}": str(row) for row in rows}
    table = "\n" + HEAD + "".join(f"{line}\n" for line in lines.values()) + "\n"
    fault_table.DOCUMENT.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--write", action="store_true", help="put the figures into the document")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    print(HEAD, end="", flush=True)
    rows = []
    for name in arguments.names or MEASUREMENTS:
        began = time.monotonic()
        for row in MEASUREMENTS[name]():
            print(row, flush=True)
            rows.append(row)
        print(f"({name}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
        if arguments.write:
            write(rows)


if __name__ == "__main__":
    main()
