"""The end of an interpreter in which calls are under way (F61): see exit_child.py."""

import subprocess
import sys
import time

import pytest

from child import HERE

# The promise is one second; a busy machine may take its time to run a process.
LIMIT_SECONDS = 2


@pytest.mark.parametrize("scenario", ["daemons", "dropped", "normal", "by_sys_exit", "left_block"])
def test_f61_the_interpreter_ends_while_calls_wait(scenario: str) -> None:
    """Without a crash, and at once: from what the program says last to its end."""
    program = [sys.executable, "-X", "faulthandler", str(HERE / "exit_child.py"), scenario]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.readline()
        began = time.monotonic()
        try:
            code = process.wait(15)
        finally:
            process.kill()
        took = time.monotonic() - began
        errors = process.stderr.read()
    assert (said, code, errors) == ('"ends"\n', 0, "")
    assert took < LIMIT_SECONDS
