"""Runs a Python program as a user does: a process of its own, with the installed package."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def run_python(
    *args: str, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Runs the interpreter with these arguments in an environment without surprises."""
    own = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "NO_PROXY": "*"}
    return subprocess.run(
        [sys.executable, *args],
        env=own | dict(env or {}),
        cwd=os.environ["HOME"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def answer_of(
    program: str, *args: str, env: Mapping[str, str] | None = None, timeout: float = 60
) -> Any:
    """What a program beside this file says on its last line: JSON. It has to end well."""
    done = run_python("-X", "faulthandler", str(HERE / program), *args, env=env, timeout=timeout)
    assert done.returncode == 0, f"{program} {args}: {done.returncode}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])
