"""Uploads the given files one after the other and says by how much memory peaked at each."""

import json
import sys
from pathlib import Path

import metastudio


def memory(field: str) -> int:
    """A line of this process's status, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def reset_peak() -> None:
    """From here on the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text("5")


client = metastudio.Client.from_env()
results: list[dict[str, object]] = []
for path in sys.argv[1:]:
    reset_peak()
    before = memory("VmRSS")
    # An asset has one main file.
    uploaded = client.upload(path, asset_id=f"asset-{len(results)}")
    grown = memory("VmHWM") - before
    results.append({"file_id": uploaded.file_id, "size": uploaded.size, "grown_kb": grown})
print(json.dumps(results))
