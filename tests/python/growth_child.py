"""Makes many calls, then many clients, then many uploads that are cancelled, and tells what each
has cost: `python growth_child.py URL PROJECT_ID TOKEN CALLS CLIENTS UPLOADS`.

Prints the growth of the memory in KiB, of threads and of open files, for each of the three.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import metastudio

THREADS = 8
SETTLED = 10.0


def state() -> list[int]:
    """Resident memory in KiB, threads, open files."""
    status = Path("/proc/self/status").read_text()
    resident, threads = (
        int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])  # type: ignore[index]
        for name in ("VmRSS", "Threads")
    )
    return [resident, threads, len(list(Path("/proc/self/fd").iterdir()))]


def grown(work: Callable[[int], object], times: int) -> list[int]:
    """By how much it has grown; what fills pools and caches comes before, and threads that end
    just now are waited for."""
    work(max(times // 10, 20))
    before = state()
    work(times)
    until = time.monotonic() + SETTLED
    while True:
        by = [now - then for now, then in zip(state(), before, strict=True)]
        if max(by[1:]) <= 0 or time.monotonic() > until:
            return by
        time.sleep(0.01)


def new_client() -> metastudio.Client:
    return metastudio.Client(endpoint=url, project_id=project_id, token=token)


def calls(client: metastudio.Client, times: int) -> None:
    for _ in range(times):
        try:
            client.confirm_file_upload("nobody-knows-it")
        except metastudio.NotFoundError:
            continue
        raise AssertionError("there is no such file")


def clients(times: int) -> None:
    for _ in range(times):
        with new_client() as another:
            calls(another, 1)


class EnoughError(Exception):
    """A callback has had enough."""


def cancelled_upload(client: metastudio.Client, *, by_handle: bool) -> None:
    """By the handle or by what a callback raises, while the content is sent."""
    handle = metastudio.CancelHandle()

    def progress(stage: str, _sent: int, _total: int | None) -> None:
        if stage == "put":
            if not by_handle:
                raise EnoughError
            handle.cancel()

    try:
        client.upload(
            bytes(100_000), file_name="clip.mp4", asset_id="a1", cancel=handle, progress=progress
        )
    except (metastudio.UploadCancelledError, EnoughError):
        return
    raise AssertionError("it was cancelled")


def cancelled_uploads(times: int) -> None:
    for turn in range(times):
        cancelled_upload(client, by_handle=turn % 2 == 0)


def calls_of_threads(times: int) -> None:
    list(pool.map(calls, [client] * THREADS, [times // THREADS] * THREADS))


url, project_id, token = sys.argv[1:4]
call_count, client_count, upload_count = map(int, sys.argv[4:])
with ThreadPoolExecutor(THREADS) as pool, new_client() as client:
    by_each = [
        grown(calls_of_threads, call_count),
        grown(clients, client_count),
        grown(cancelled_uploads, upload_count),
    ]
    print(json.dumps(by_each))
