"""Cost of an import: `python importing.py MODULE` prints milliseconds and megabytes."""

import importlib
import sys
import time
from pathlib import Path

STATUS = Path("/proc/self/status")


def resident_megabytes() -> float:
    [line] = [row for row in STATUS.read_text("ascii").splitlines() if row.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def main() -> None:
    module = sys.argv[1]
    # Whatever the measuring itself needs for the first time, it needs now.
    resident_megabytes()
    before = resident_megabytes()
    start = time.perf_counter()
    importlib.import_module(module)
    seconds = time.perf_counter() - start
    print(seconds * 1000, resident_megabytes() - before)


if __name__ == "__main__":
    main()
