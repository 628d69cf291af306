"""Runs the `metastudio` command as a user does: a process of its own in a clean environment."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]

# Names of the variables that the command reads.
ACCESS_KEY = "HUAWEICLOUD_SDK_AK"
SECRET_KEY = "HUAWEICLOUD_SDK_SK"
SECURITY_TOKEN = "HUAWEICLOUD_SDK_SECURITY_TOKEN"
PROJECT_ID = "HUAWEICLOUD_SDK_PROJECT_ID"
AUTH_TOKEN = "METASTUDIO_TOKEN"

# Exit codes that the command promises.
DONE, REFUSED, USAGE, AUTHENTICATION = 0, 1, 2, 3


def binary() -> Path:
    """The command under test: METASTUDIO_BIN, or where `cargo build -p mss-cli` puts it."""
    default = REPOSITORY / "target" / "debug" / "metastudio"
    path = Path(os.environ.get("METASTUDIO_BIN", default)).absolute()
    if not path.is_file():
        raise FileNotFoundError(f"no metastudio command at {path}: run `cargo build -p mss-cli`")
    return path


@dataclass(frozen=True)
class Result:
    """What a finished command left behind."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything besides it is an error."""
        lines = self.stdout.splitlines()
        assert len(lines) == 1, f"not one line of JSON: {self}"
        value = json.loads(lines[0])
        assert isinstance(value, dict), f"not an object: {self}"
        return value


@dataclass(frozen=True)
class Metastudio:
    """The command, with a home directory of its own and no variables but those given."""

    path: Path
    home: Path

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        # A proxy of the machine must not see, or answer, what is meant for loopback.
        own = {"PATH": os.environ["PATH"], "HOME": str(self.home), "NO_PROXY": "*"}
        return own | dict(extra)

    def run(self, *args: str, env: Mapping[str, str], timeout: float = 60) -> Result:
        done = subprocess.run(
            [self.path, *args],
            env=self.environment(env),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())
