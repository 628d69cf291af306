"""Uploads under signals, and their memory, in real processes: see upload_child.py."""

from typing import Any

import pytest
from metastudio.testing import Emulator

from child import answer_of


def seen_in(scenario: str, **env: str) -> dict[str, Any]:
    seen: dict[str, Any] = answer_of("upload_child.py", scenario, env=env)
    return seen


@pytest.mark.parametrize(
    ("scenario", "stage", "states"),
    [
        ("in_first_read", "hash", []),
        ("in_read_of_the_put", "put", ["CANCELLED"]),
        ("in_progress", "put", ["CANCELLED"]),
    ],
)
def test_f57_ctrl_c_while_the_callers_code_runs(
    scenario: str, stage: str, states: list[str]
) -> None:
    seen = seen_in(scenario)
    assert (seen["stage"], seen["outcome"], seen["states"]) == (stage, "not_applied", states)
    assert seen.get("afterwards", True) is True


def test_f57_ctrl_c_while_many_files_are_uploaded() -> None:
    seen = seen_in("many")
    assert seen["states"] == ["CANCELLED"]
    assert seen["outcomes"] == ["not_applied"] * 6
    assert seen["seconds"] < 5.2


def test_f57_ctrl_c_leaves_the_block_and_cancels_the_other_threads() -> None:
    assert seen_in("leaving") == {"cleanup": "done", "states": ["CANCELLED"], "alive": False}


def test_a_long_stream_is_copied_with_flat_memory(metastudio_emulator: Emulator) -> None:
    env = metastudio_emulator.env()
    seen = seen_in(
        "memory",
        EMULATOR=env["METASTUDIO_ENDPOINT"],
        PROJECT=env["HUAWEICLOUD_SDK_PROJECT_ID"],
        AK=env["HUAWEICLOUD_SDK_AK"],
        SK=env["HUAWEICLOUD_SDK_SK"],
    )
    assert seen["size"] == 300 << 20
    assert seen["grown_kib"] < 16 << 10
    assert seen["grown_by_file_kib"] < 4 << 10
