"""`import metastudio` costs next to nothing, because it imports next to nothing.

A count of modules, which is the same on every machine; `just bench` measures the time.
"""

import sysconfig

import pytest

from child import run_python

PROGRAM = """
import sys
sys.path.insert(0, {packages!r})
before = set(sys.modules)
import {module}
print(",".join(sorted(set(sys.modules) - before)))
"""


def imported_by(module: str) -> set[str]:
    """What a bare interpreter (no site, no environment) imports with it."""
    packages = sysconfig.get_path("purelib")
    program = PROGRAM.format(packages=packages, module=module)
    done = run_python("-I", "-S", "-c", program)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.strip().split(","))


def test_only_its_own_modules_are_imported() -> None:
    new = imported_by("metastudio")
    assert {name.partition(".")[0] for name in new} == {"metastudio"}
    assert new == {
        "metastudio",
        "metastudio._attempt",
        "metastudio._exceptions",
        "metastudio._mss",
        "metastudio._state",
    }


@pytest.mark.parametrize("module", ["enum", "dataclasses", "typing", "re", "logging", "json"])
def test_the_expensive_ones_are_not_among_them(module: str) -> None:
    assert module not in imported_by("metastudio")
    # The look is able to find them.
    assert module in imported_by(module)


def test_the_test_emulator_does_not_need_pytest() -> None:
    new = imported_by("metastudio.testing")
    assert "metastudio.testing" in new
    assert "pytest" not in new
