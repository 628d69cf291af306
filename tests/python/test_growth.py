"""A process that works for long costs no more than one that has just begun.

`just reliability growth` does the same at full length.
"""

import sys

import pytest

from child import answer_of
from emulator_process import Emulator

CALLS, CLIENTS, UPLOADS = 4000, 100, 100
# What an allocator may keep; a leak of one connection's buffers a client is several times as much.
NOISE_KIB = 4096


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_calls_clients_and_cancelled_uploads_leave_nothing_behind(emulator: Emulator) -> None:
    where = (emulator.url, emulator.project_id, emulator.token)
    counts = (str(CALLS), str(CLIENTS), str(UPLOADS))

    grown = answer_of("growth_child.py", *where, *counts)

    assert len(grown) == 3
    for memory, threads, files in grown:
        assert memory < NOISE_KIB, grown
        assert threads <= 0, grown
        assert files <= 0, grown
