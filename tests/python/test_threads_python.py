"""Calls of many threads, and the interpreter's lock while they wait (F61, F63)."""

import contextlib
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import metastudio
from metastudio.testing import Emulator

from child_servers import listening, scripted_server
from fresh_keys import fresh_keys

# 100,000 in the long run.
SHARED_CALLS = int(os.environ.get("METASTUDIO_TEST_SHARED_CALLS", "5000"))
FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"


def test_f63_other_threads_run_while_a_call_waits() -> None:
    """The server is a thread of this process: it gets to answer only if the lock is free."""
    ticks = 0
    enough, done = threading.Event(), threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            if ticks == 10_000:
                enough.set()

    def answer_after_ticks() -> None:
        assert enough.wait(30)

    ticker = threading.Thread(target=tick)

    def start_ticking() -> bytes:
        ticker.start()
        answer_after_ticks()
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: ticked\r\nContent-Length: 0\r\n\r\n"

    with scripted_server(start_ticking) as url:
        keys = fresh_keys()
        client = metastudio.Client(endpoint=url, project_id="p", credentials=keys, max_attempts=1)
        assert client.confirm_file_upload(FILE_ID).request_id == "ticked"
    done.set()
    ticker.join()
    assert ticks >= 10_000


def test_f61_threads_that_share_a_client_get_their_own_answers(tmp_path: Path) -> None:
    threads, rounds = 16, 10
    with Emulator() as emulator:
        client = emulator.client()

        def upload(number: int) -> list[tuple[str, bytes]]:
            clip = tmp_path / f"{number}.mp4"
            done = []
            for turn in range(rounds):
                clip.write_bytes(f"{number} {turn}".encode())
                asset_id = f"asset-{number}-{turn}"
                done.append((client.upload(clip, asset_id=asset_id).file_id, clip.read_bytes()))
            return done

        with ThreadPoolExecutor(threads) as pool:
            uploads = [pair for pairs in pool.map(upload, range(threads)) for pair in pairs]
        assert len({file_id for file_id, _ in uploads}) == threads * rounds
        for file_id, content in uploads:
            assert emulator.file_body(file_id) == content


def test_f61_64_threads_that_share_a_client_get_the_answers_to_their_requests() -> None:
    """The server answers each request with the file's id, and is slower for some of them."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while request := connection.recv(65536):
                file_id = request.split(b" ", 2)[1].split(b"/")[-2]
                time.sleep(int(file_id.rpartition(b"-")[2]) % 7 / 1000)
                head = b"HTTP/1.1 200 OK\r\nX-Request-Id: for-%s\r\n" % file_id
                connection.sendall(head + b"Content-Length: 0\r\n\r\n")

    threads = 64
    with listening(serve) as url, ThreadPoolExecutor(threads) as pool:
        client = metastudio.Client(endpoint=url, project_id="p", token="t", max_attempts=1)

        def confirm(thread: int) -> list[str]:
            ids = [f"f-{number}" for number in range(thread, SHARED_CALLS, threads)]
            strays = []
            for file_id in ids:
                request_id = client.confirm_file_upload(file_id).request_id
                if request_id != f"for-{file_id}":
                    strays.append(f"{file_id} got {request_id}")
            return strays

        assert [stray for strays in pool.map(confirm, range(threads)) for stray in strays] == []


def test_f61_a_client_may_be_closed_and_dropped_while_calls_run() -> None:
    waits, go_on = threading.Event(), threading.Event()

    def hold() -> bytes:
        waits.set()
        assert go_on.wait(30)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: late\r\nContent-Length: 0\r\n\r\n"

    with scripted_server(hold) as url, ThreadPoolExecutor(1) as pool:
        keys = fresh_keys()
        client = metastudio.Client(endpoint=url, project_id="p", credentials=keys)
        call = pool.submit(client.confirm_file_upload, FILE_ID)
        assert waits.wait(30)
        client.close()
        del client
        go_on.set()
        assert call.result(30).request_id == "late"
