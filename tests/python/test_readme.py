"""README.md does what it says: its sh and python blocks are executed (see readme_blocks.py).

Each block runs in a process and a directory of its own that holds a copy of README.md. The
built command comes first on PATH, and `cargo run -p mss-cli -- ...` is answered by it too, so
that the line which a newcomer types is run without a second build. Whatever isn't loopback is
out of reach.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import command
from readme_blocks import RUNNABLE, Block, blocks

README = command.REPOSITORY / "README.md"
BLOCKS = blocks(README.read_text("utf-8")) if README.is_file() else []
TO_RUN = [block for block in BLOCKS if block.language in RUNNABLE and block.no_run is None]
SECONDS = 120

CARGO = """#!/bin/sh
# Stands in for: cargo run [--release] -p mss-cli -- ARGUMENTS
given="$*"
[ "$1" = run ] && shift && [ "$1" = --release ] && shift
if [ "$1 $2 $3" = "-p mss-cli --" ]; then shift 3; exec metastudio "$@"; fi
echo "not in a test: cargo $given (mark the block as no-run)" >&2
exit 70
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a block runs: bin/ with the commands, work/ with the README."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "bin" / "metastudio").symlink_to(command.binary())
    # Through a symlink, Python would not find its virtual environment.
    scripts = {"cargo": CARGO, "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'}
    for name, text in scripts.items():
        script = tmp_path / "bin" / name
        script.write_text(text)
        script.chmod(0o755)
    shutil.copy(README, tmp_path / "work")
    return tmp_path


def run(block: Block, place: Path) -> str:
    """Runs a block to its end and ends what it left in the background; returns its output."""
    argv = {"sh": ["sh", "-eu", "-c", block.text], "python": [sys.executable, "-c", block.text]}
    unreachable = "http://127.0.0.1:9"
    env = {
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),
        "HTTP_PROXY": unreachable,
        "HTTPS_PROXY": unreachable,
        "NO_PROXY": "127.0.0.1,localhost,[::1]",
    }
    # Output goes to a file: a pipe would stay open for as long as a background process lives.
    with (place / "output").open("w+b") as output:
        process = subprocess.Popen(
            argv[block.language],
            env=env,
            cwd=place / "work",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(SECONDS)
        finally:
            # Mostly nothing is left.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    assert code == 0, f"README.md line {block.line}: exit code {code}\n{block.text}\n{said}"
    return said


@pytest.mark.parametrize("block", TO_RUN, ids=str)
def test_block(block: Block, place: Path) -> None:
    run(block, place)


def test_the_first_example_is_near_the_top_and_uploads(place: Path) -> None:
    first = TO_RUN[0]
    assert first.line <= 20
    assert "upload" in first.text
    assert "CREATED" in run(first, place)


def test_the_first_command_uploads_without_an_account(place: Path) -> None:
    first = next(block for block in TO_RUN if block.language == "sh")
    words = shlex.split(first.text, comments=True)
    assert "upload" in words
    assert "--local" in words
    assert "CREATED" in run(first, place)


def test_the_test_command_is_in_the_readme() -> None:
    assert any("sh tools/check.sh" in block.text for block in BLOCKS)


def test_blocks_and_markers_are_found() -> None:
    text = "\n".join(
        [
            "```sh",
            "one",
            "```",
            "<!-- no-run: why -->",
            "  ```sh",
            "  two",
            "  ```",
            "```rust",
            "```",
        ]
    )
    assert blocks(text) == [
        Block("sh", "one\n", 2, None),
        Block("sh", "two\n", 6, "why"),
        Block("rust", "", 9, None),
    ]


@pytest.mark.parametrize(
    "text",
    ["<!-- no-run -->\n```sh\n```", "<!-- no-run: why -->\n\n```sh\n```", "```sh\nopen"],
)
def test_a_marker_without_reason_or_block_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"no-run|left open"):
        blocks(text)
