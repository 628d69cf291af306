"""Fixtures of all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import command
from command import Metastudio
from emulator_process import Emulator, running_emulator
from slow_resolver import slow_resolver


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The vendor's SDK writes into the home directory and obeys the proxies of the machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def metastudio(tmp_path: Path) -> Metastudio:
    """The command under test; fails when it isn't built."""
    return Metastudio(command.binary(), tmp_path)


@pytest.fixture
def emulator(metastudio: Metastudio, tmp_path: Path) -> Iterator[Emulator]:
    """An emulator with random keys in a process of its own."""
    with running_emulator(metastudio, tmp_path / "emulator.log") as running:
        yield running


@pytest.fixture(scope="session", name="slow_resolver")
def _slow_resolver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return slow_resolver(tmp_path_factory.mktemp("resolver"))
