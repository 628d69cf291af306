"""Confirmations for a while: `python confirm.py ours|many|journaled|vendor URL THREADS`, of which
`many` is one batch, and `journaled` one with a journal.

Prints two numbers: calls a second, and seconds of the process's CPU time a call.
"""

import itertools
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = "6a6a1f8354f64dd9b9a614def7b59d83"
FILE = "24bad716-87b1-45e5-8912-6102f7693265"
KEYS = ("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6Pznpd")
WARM_UP, SECONDS = 20, 2.0


def ours(url: str) -> Callable[[], object]:
    import metastudio

    keys = metastudio.Credentials(*KEYS)
    client = metastudio.Client(endpoint=url, project_id=PROJECT, credentials=keys)
    return lambda: client.confirm_file_upload(FILE, "CREATED")


def vendors(url: str) -> Callable[[], object]:
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkmetastudio.v1 import (
        ConfirmFileUploadRequest,
        ConfirmFileUploadRequestBody,
        MetaStudioClient,
    )

    builder = MetaStudioClient.new_builder().with_credentials(BasicCredentials(*KEYS, PROJECT))
    client = builder.with_endpoint(url).build()

    def call() -> object:
        body = ConfirmFileUploadRequestBody(state="CREATED")
        return client.confirm_file_upload(ConfirmFileUploadRequest(file_id=FILE, body=body))

    return call


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def calls_until(end: float, call: Callable[[], object]) -> int:
    calls = 0
    while time.perf_counter() < end:
        call()
        calls += 1
    return calls


def measure(call: Callable[[], object], threads: int) -> tuple[float, float]:
    """One thread is the main thread, where a signal's handlers have to go on running."""
    if threads == 1:
        for _ in range(WARM_UP):
            call()
        cpu, start = cpu_seconds(), time.perf_counter()
        calls = calls_until(start + SECONDS, call)
        return calls / (time.perf_counter() - start), (cpu_seconds() - cpu) / calls

    counts = [0] * threads
    warm, go = threading.Barrier(threads + 1), threading.Barrier(threads + 1)

    def work(number: int) -> None:
        for _ in range(WARM_UP):
            call()
        warm.wait()
        go.wait()
        counts[number] = calls_until(time.perf_counter() + SECONDS, call)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    warm.wait()
    cpu, start = cpu_seconds(), time.perf_counter()
    go.wait()
    for worker in workers:
        worker.join()
    calls = sum(counts)
    return calls / (time.perf_counter() - start), (cpu_seconds() - cpu) / calls


def measure_many(url: str, workers: int, journal: Path | None = None) -> tuple[float, float]:
    import metastudio

    keys = metastudio.Credentials(*KEYS)
    client = metastudio.Client(endpoint=url, project_id=PROJECT, credentials=keys)
    # No two the same, for a repeat isn't sent.
    ids = (f"{FILE[:-12]}{number:012}" for number in itertools.count())
    with client.confirm_many(ids, concurrency=workers, journal=journal) as results:
        for _ in range(WARM_UP * workers):
            assert next(results).error is None
        calls, cpu, start = 0, cpu_seconds(), time.perf_counter()
        while time.perf_counter() < start + SECONDS:
            for _ in range(64):
                assert next(results).error is None
            calls += 64
        return calls / (time.perf_counter() - start), (cpu_seconds() - cpu) / calls


def main() -> None:
    side, url, threads = sys.argv[1:]
    if side == "many":
        print(*measure_many(url, int(threads)))
        return
    if side == "journaled":
        with tempfile.TemporaryDirectory() as directory:
            print(*measure_many(url, int(threads), Path(directory, "run.jsonl")))
        return
    print(*measure(ours(url) if side == "ours" else vendors(url), int(threads)))


if __name__ == "__main__":
    main()
