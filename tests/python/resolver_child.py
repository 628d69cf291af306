"""Calls to a name that is never resolved; the resolver is one that hangs (F20).

Prints what became of each call, and how many threads there were after each round.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import metastudio

ROUNDS, CALLERS = 6, 24


def call(number: int) -> list[Any]:
    started = time.monotonic()
    try:
        client.confirm_file_upload(f"file-{number}")
    except metastudio.MetaStudioError as error:
        seconds = time.monotonic() - started
        return [type(error).__name__, error.outcome, str(error), seconds]
    raise AssertionError("a name that nobody resolved")


client = metastudio.Client(
    endpoint="https://name.test",
    project_id="p",
    token="token",
    connect_timeout=0.3,
    max_attempts=1,
)
ended: list[list[Any]] = []
threads: list[int] = []
with ThreadPoolExecutor(CALLERS) as pool:
    for _ in range(ROUNDS):
        ended += pool.map(call, range(CALLERS))
        threads.append(len(list(Path("/proc/self/task").iterdir())))
# Threads hang in the resolver, and the process ends all the same.
print(json.dumps({"ended": ended, "threads": threads}))
