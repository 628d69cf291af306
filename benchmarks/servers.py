"""The servers that the clients are measured against: examples of the emulator's crate."""

import contextlib
import os
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

import environments


def example(target: Path, package: str, name: str) -> Path:
    """An example of a crate, built for release."""
    environments.run("cargo", "build", "--quiet", "--release", "-p", package, "--example", name)
    return target / "release" / "examples" / name


@contextlib.contextmanager
def server(target: Path, name: str, cores: Collection[int]) -> Iterator[str]:
    """A server, on these cores; it ends when this process does."""
    with subprocess.Popen(
        [example(target, "mss-emulator", name)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
