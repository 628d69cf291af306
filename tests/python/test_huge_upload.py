"""Files around the limit of 5 GiB, which are nothing but holes."""

import sys
from pathlib import Path

import pytest

from child import answer_of
from emulator_process import Emulator

LIMIT = 5 * 1024**3
MEMORY_KB = 16 * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and wants files with holes")
def test_both_ways_to_upload_in_little_memory(emulator: Emulator, tmp_path: Path) -> None:
    below, above = tmp_path / "below.mp4", tmp_path / "above.mp4"
    for path, size in ((below, LIMIT), (above, LIMIT + 1)):
        with path.open("wb") as file:
            file.truncate(size)
            file.write(b"beginning")
            file.seek(size - 3)
            file.write(b"end")
    env = {
        "METASTUDIO_ENDPOINT": emulator.url,
        "HUAWEICLOUD_SDK_PROJECT_ID": emulator.project_id,
        "HUAWEICLOUD_SDK_AK": emulator.access_key,
        "HUAWEICLOUD_SDK_SK": emulator.secret_key,
    }
    whole, parted = answer_of("huge_upload_child.py", str(below), str(above), env=env, timeout=600)
    files = emulator.files()
    for uploaded, size in ((whole, LIMIT), (parted, LIMIT + 1)):
        assert uploaded["size"] == size
        assert uploaded["grown_kb"] <= MEMORY_KB
        assert files[uploaded["file_id"]]["state"] == "CREATED"
    assert "parts" not in files[whole["file_id"]]
    assert files[whole["file_id"]]["put"]["size"] == LIMIT
    parts = [part["size"] for part in files[parted["file_id"]]["parts"]]
    assert len(parts) == 2
    assert sum(parts) == LIMIT + 1
