"""The pytest fixture ``metastudio_emulator``, there in every run once the package is installed."""

from collections.abc import Iterator

import pytest

from .testing import Emulator


@pytest.fixture
def metastudio_emulator() -> Iterator[Emulator]:
    """A local MetaStudio of the test's own, stopped when the test ends."""
    with Emulator() as emulator:
        yield emulator
