"""The emulator as a child process: started, read from until it is ready, stopped by SIGTERM."""

import json
import selectors
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from command import SECRET_KEY, Metastudio

READY_SECONDS = 30
STOP_SECONDS = 10


@dataclass(frozen=True)
class Emulator:
    """A running emulator: what it printed when it was ready."""

    url: str
    project_id: str
    access_key: str
    secret_key: str
    token: str
    domain_id: str
    domain_name: str
    user_name: str
    password: str
    pod_url: str
    pod_token: str
    id_token: str
    log: Path
    ca_file: str | None = None

    def files(self) -> dict[str, dict[str, Any]]:
        """What it holds, by file id."""
        trusted = self.ca_file or True
        answer = requests.get(f"{self.url}/_emulator/files", timeout=60, verify=trusted)
        answer.raise_for_status()
        return {file["file_id"]: file for file in answer.json()["files"]}


@contextmanager
def running_emulator(
    metastudio: Metastudio, log: Path, env: Mapping[str, str] | None = None, *options: str
) -> Iterator[Emulator]:
    """Starts an emulator on a free port; at the end it must stop cleanly. stderr goes to `log`."""
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [metastudio.path, "emulator", "--port", "0", "--json", *options],
            env=metastudio.environment(env or {}),
            cwd=metastudio.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        try:
            ready = json.loads(_first_line(process, log))
            if env and SECRET_KEY in env:
                # A key that it was given is not for others to read.
                assert ready["secret_key"] is None
                ready["secret_key"] = env[SECRET_KEY]
            yield Emulator(log=log, **ready)
            process.send_signal(signal.SIGTERM)
            code = process.wait(STOP_SECONDS)
            assert code == 0, f"emulator ended with {code}: {log.read_text()}"
        finally:
            # Only still alive when something above failed.
            process.kill()


def _first_line(process: subprocess.Popen[bytes], log: Path) -> bytes:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(READY_SECONDS):
            raise TimeoutError(f"emulator not ready after {READY_SECONDS} s: {log.read_text()}")
    line = process.stdout.readline()
    assert line, f"emulator ended before it was ready: {log.read_text()}"
    return line
