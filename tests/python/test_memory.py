"""What is left of a secret key in a process's memory when its client is closed (F67)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from child import HERE
from command import ACCESS_KEY, SECRET_KEY, Metastudio
from emulator_process import running_emulator
from memory_child import secret_key

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A part of the key gives it away as well; what is freed loses its first 16 bytes to the allocator.
PART = 8


def forms(key: bytes) -> Iterator[bytes]:
    """The key as it is, and as HMAC works it into its two blocks."""
    for mask in (0, 0x36, 0x5C):
        yield bytes(byte ^ mask for byte in key)


def found(pid: int, key: bytes) -> set[int]:
    """Where parts of the key stand in what the process can write to."""
    parts = [form[at : at + PART] for form in forms(key) for at in range(0, len(key), PART)]
    addresses = set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, access, *_ = line.split()
            if not access.startswith("rw"):
                continue
            begin, end = (int(address, 16) for address in place.split("-"))
            region = os.pread(memory.fileno(), end - begin, begin)
            for part in parts:
                at = region.find(part)
                while at >= 0:
                    addresses.add(begin + at)
                    at = region.find(part, at + 1)
    return addresses


@pytest.mark.parametrize("scenario", ["given", "function", "file", "signer"])
def test_f67_what_is_left_of_the_key_is_pythons(
    metastudio: Metastudio, tmp_path: Path, scenario: str
) -> None:
    seed = os.getpid()
    key = secret_key(seed)
    profile = tmp_path / "credentials"
    profile.write_text(f"[basic]\nak = MEMORYKEY\nsk = {key}\n")
    profile.chmod(0o600)
    env = {ACCESS_KEY: "MEMORYKEY", SECRET_KEY: key}
    pipe = subprocess.PIPE
    with running_emulator(metastudio, tmp_path / "log", env) as emulator:
        given = str(profile) if scenario == "file" else str(seed)
        args = [str(HERE / "memory_child.py"), scenario, emulator.url, emulator.project_id, given]
        with subprocess.Popen(
            [sys.executable, *args], stdin=pipe, stdout=pipe, env={"NO_PROXY": "*"}, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            seen = {}
            for line in process.stdout:
                stage, address, size = json.loads(line)
                seen[stage] = found(process.pid, key.encode())
                if stage == "before":
                    pythons = range(address, address + size)
                process.stdin.write("\n")
                process.stdin.flush()
    assert process.returncode == 0
    before, called, closed = (seen[stage] for stage in ("before", "called", "closed"))
    assert bool(before) == (scenario != "file")
    assert all(address in pythons for address in before)
    # While it is open it holds the key, or at least what a signer makes of it: else the search
    # would see nothing at all.
    assert closed == before
    assert scenario == "signer" or called > before
