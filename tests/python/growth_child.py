"""Makes many calls, and then many clients, and tells what that has cost (reliability.py).

Prints the growth of the memory in KiB, and of threads and open files, after each of the two.
"""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import metastudio

THREADS, CLIENTS = 8, 1000


def state() -> tuple[int, int, int]:
    """Resident memory in KiB, threads, open files."""
    status = Path("/proc/self/status").read_text()
    resident, threads = (
        int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])  # type: ignore[index]
        for name in ("VmRSS", "Threads")
    )
    return resident, threads, len(list(Path("/proc/self/fd").iterdir()))


def calls(client: metastudio.Client, count: int) -> None:
    for _ in range(count):
        try:
            client.confirm_file_upload("nobody-knows-it")
        except metastudio.NotFoundError:
            continue
        raise AssertionError("there is no such file")


def new_client() -> metastudio.Client:
    return metastudio.Client(endpoint=url, project_id=project_id, token=token)


def grown(before: tuple[int, int, int]) -> list[int]:
    return [now - then for now, then in zip(state(), before, strict=True)]


url, project_id, token, count = sys.argv[1:]
with ThreadPoolExecutor(THREADS) as pool, new_client() as client:
    each = int(count) // THREADS
    # The first calls fill pools and caches.
    list(pool.map(calls, [client] * THREADS, [each // 10] * THREADS))
    before = state()
    list(pool.map(calls, [client] * THREADS, [each] * THREADS))
    by_calls = grown(before)
    before = state()
    for _ in range(CLIENTS):
        with new_client() as another:
            calls(another, 1)
    print(json.dumps([by_calls, grown(before)]))
