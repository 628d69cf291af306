"""Uploads in a process of its own: `python upload_child.py SCENARIO`.

Prints what was seen as one JSON object; test_upload_process.py says what it has to be.
"""

import io
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import metastudio
from metastudio import UploadItem
from metastudio.testing import Emulator

from child_servers import proxy_that_sticks_at

SECONDS = 20
MIB = 1 << 20


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


class Interrupting(io.BytesIO):
    """A Ctrl-C arrives while `read` runs, at the given pass over the content."""

    def __init__(self, at_pass: int) -> None:
        super().__init__(bytes(MIB))
        self.left = at_pass

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.left -= (offset, whence) == (0, 0)
        return super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        if self.left == 0:
            interrupt()
        return super().read(size)


def told(error: BaseException, emulator: Emulator) -> dict[str, Any]:
    cause = error.__cause__
    assert isinstance(cause, metastudio.UploadCancelledError), repr(cause)
    states = [file["state"] for file in emulator.files()]
    return {"stage": cause.stage, "outcome": cause.outcome, "states": states}


def in_read(at_pass: int) -> dict[str, Any]:
    with Emulator() as emulator:
        client = emulator.client()
        try:
            client.upload(Interrupting(at_pass), asset_id="a1", file_name="a.mp4")
        except KeyboardInterrupt as error:
            seen = told(error, emulator)
            return seen | {"afterwards": client.upload(__file__, asset_id="a2").size > 0}
    raise AssertionError("not interrupted")


def in_first_read() -> dict[str, Any]:
    return in_read(1)


def in_read_of_the_put() -> dict[str, Any]:
    return in_read(2)


def in_progress() -> dict[str, Any]:
    def progress(stage: str, *_: int) -> None:
        if stage == "put":
            interrupt()

    with Emulator() as emulator:
        try:
            emulator.client().upload(
                bytes(MIB), asset_id="a1", file_name="a", file_type="b", progress=progress
            )
        except KeyboardInterrupt as error:
            return told(error, emulator)
    raise AssertionError("not interrupted")


def many() -> dict[str, Any]:
    """One file's PUT gets stuck, then comes the Ctrl-C."""
    sent = [0.0]

    def send() -> None:
        sent[0] = time.monotonic()
        interrupt()

    with Emulator() as emulator, proxy_that_sticks_at(b"PUT /", emulator.url, send) as url:
        files = [UploadItem(io.BytesIO(bytes(MIB)), file_name=f"{n}.mp4") for n in range(6)]
        try:
            emulator.client(endpoint=url).upload_many(files, new_asset="VIDEO", concurrency=2)
        except KeyboardInterrupt as error:
            seconds = time.monotonic() - sent[0]
            cause = error.__cause__
            assert isinstance(cause, metastudio.UploadCancelledError)
            states = {file["state"] for file in emulator.files()}
            outcomes = [result.outcome for result in cause.results]
            return {"seconds": seconds, "states": sorted(states), "outcomes": outcomes}
    raise AssertionError("not interrupted")


def leaving() -> dict[str, Any]:
    """Ctrl-C in the main thread, which leaves the block; another thread uploads."""
    stuck = threading.Event()
    seen: dict[str, Any] = {}
    with Emulator() as emulator, proxy_that_sticks_at(b"PUT /", emulator.url, stuck.set) as url:

        def work(client: metastudio.Client) -> None:
            try:
                client.upload(bytes(MIB), asset_id="a1", file_name="a.mp4")
            except metastudio.UploadCancelledError as error:
                seen["cleanup"] = error.cleanup

        try:
            with emulator.client(endpoint=url) as client:
                worker = threading.Thread(target=work, args=(client,))
                worker.start()
                assert stuck.wait(SECONDS)
                interrupt()
                time.sleep(SECONDS)
        except KeyboardInterrupt:
            seen["states"] = [file["state"] for file in emulator.files()]
        worker.join(SECONDS)
        return seen | {"alive": worker.is_alive()}


def peak_kib() -> int:
    """The most memory that this process has used so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1])


def memory() -> dict[str, Any]:
    """A stream of 300 MiB that can't be rewound. The emulator is another process's."""
    size = 300 * MIB

    class Zeros:
        left = size

        def read(self, wanted: int, /) -> bytes:
            given = bytes(min(wanted, self.left))
            self.left -= len(given)
            return given

    client = metastudio.Client(
        endpoint=os.environ["EMULATOR"],
        project_id=os.environ["PROJECT"],
        credentials=metastudio.Credentials(os.environ["AK"], os.environ["SK"]),
    )
    client.upload(bytes(1), asset_id="a0", file_name="a.mp4")
    before = peak_kib()
    done = client.upload(Zeros(), asset_id="a1", file_name="a.mp4")
    spooled = peak_kib()
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        client.upload(file, asset_id="a2", file_name="a.mp4")
    return {
        "size": done.size,
        "grown_kib": spooled - before,
        "grown_by_file_kib": peak_kib() - spooled,
    }


if __name__ == "__main__":
    # A shell's background jobs are started with SIGINT ignored, and so is what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(json.dumps(globals()[sys.argv[1]]()))
