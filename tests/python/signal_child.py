"""Calls that a signal meets while they wait: `python signal_child.py SCENARIO`.

Prints what was seen as one JSON object; test_signals.py says what it has to be.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import metastudio
from metastudio.testing import Emulator

from child_servers import (
    full_backlog,
    proxy_that_sticks_at,
    scripted_server,
    wait_for_connecting,
)

FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"
SECONDS = 20


class Alarm(Exception):  # noqa: N818
    """What a user's signal handler raises."""


class Sender:
    """Sends a signal to this process and knows when."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        self.number = number
        self.sent = 0.0

    def __call__(self) -> None:
        self.sent = time.monotonic()
        os.kill(os.getpid(), self.number)


def client_of(url: str, **options: Any) -> metastudio.Client:
    keys = metastudio.Credentials("AccessKey", "SecretKey")
    options = {"attempt_timeout": SECONDS, "total_timeout": 2 * SECONDS} | options
    return metastudio.Client(endpoint=url, project_id="p", credentials=keys, **options)


def interrupted(
    call: Callable[[], object], send: Sender, expected: type[BaseException]
) -> dict[str, Any]:
    """Makes a call that has to end with an exception of a signal's handler."""
    try:
        call()
    except expected as error:
        seconds = time.monotonic() - send.sent
        cause = error.__cause__
        assert isinstance(cause, metastudio.MetaStudioError), cause
        seen = {"seconds": seconds, "cause": type(cause).__name__, "text": str(cause)}
        return seen | {n: getattr(cause, n) for n in ("outcome", "stage", "cleanup", "file_id")}
    raise AssertionError(f"not interrupted by {send.number}")


def silence() -> dict[str, Any]:
    send = Sender()
    with scripted_server(send) as url:
        client = client_of(url)
        seen = interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)
        return seen | {"afterwards": client.confirm_file_upload(FILE_ID).request_id}


def batch() -> dict[str, Any]:
    """The answer of the second confirmation doesn't come."""
    send = Sender()
    answer = b"HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\nContent-Length: 0\r\n\r\n"
    waits_for_the_second = threading.Event()

    def send_once_waiting() -> None:
        # The second call is on its way before the caller asks for what became of it.
        assert waits_for_the_second.wait(SECONDS)
        send()

    def the_second() -> object:
        # No other thread runs Python before this one waits inside.
        sys.setswitchinterval(SECONDS)
        waits_for_the_second.set()
        return next(results)

    with scripted_server(lambda: answer, send_once_waiting) as url:
        results = client_of(url).confirm_many(iter([FILE_ID, "b"]), concurrency=1)
        first = next(results)
        seen = interrupted(the_second, send, KeyboardInterrupt)
        rest = [(it.file_id, it.outcome) for it in results.close()]
        return seen | {"first": first.outcome, "rest": rest}


def connecting() -> dict[str, Any]:
    send = Sender()
    with full_backlog() as url:
        client = client_of(url, connect_timeout=SECONDS)

        def send_once_connecting() -> None:
            wait_for_connecting(url)
            send()

        threading.Thread(target=send_once_connecting).start()
        return interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)


def resolving() -> dict[str, Any]:
    """The resolver is one that never comes back and says on stderr that it was asked."""
    send = Sender()
    reader, writer = os.pipe()
    os.dup2(writer, 2)

    def send_once_asked() -> None:
        assert os.read(reader, 6) == b"asked\n"
        send()

    threading.Thread(target=send_once_asked).start()
    client = client_of("https://name.test", connect_timeout=SECONDS)
    return interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)


def handshake() -> dict[str, Any]:
    """The server has taken the first message of the handshake and is silent."""
    send = Sender()
    with scripted_server(send) as url:
        client = client_of(url.replace("http:", "https:"), connect_timeout=SECONDS)
        return interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)


def back_off() -> dict[str, Any]:
    """The record of the retry is written right before the wait, on the waiting thread."""
    send = Sender()
    waiting = threading.Event()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "again in" in record.getMessage():
                waiting.set()

    logging.getLogger("metastudio").addHandler(Handler())
    logging.getLogger("metastudio").setLevel(logging.DEBUG)
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(lambda: busy) as url:
        client = client_of(url)

        def send_once_waiting() -> None:
            assert waiting.wait(SECONDS)
            send()

        threading.Thread(target=send_once_waiting).start()
        seen = interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)
        return seen | {"afterwards": client.confirm_file_upload(FILE_ID).request_id}


def in_a_log_handler() -> dict[str, Any]:
    """The signal arrives while Python code runs for the call."""
    send = Sender()

    class Handler(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            send()

    logging.getLogger("metastudio").addHandler(Handler())
    logging.getLogger("metastudio").setLevel(logging.DEBUG)
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(lambda: busy) as url:
        call = client_of(url).confirm_file_upload
        return interrupted(lambda: call(FILE_ID), send, KeyboardInterrupt)


def in_the_event_hook() -> dict[str, Any]:
    """The signal arrives while the hook is told of the first attempt, before the wait."""
    send = Sender()
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(lambda: busy) as url:
        call = client_of(url, on_attempt=lambda _: send()).confirm_file_upload
        return interrupted(lambda: call(FILE_ID), send, KeyboardInterrupt)


def in_the_event_hook_of_a_success() -> dict[str, Any]:
    """There is nothing left to end, but a Ctrl-C must not get lost."""
    send = Sender()
    tell = iter([send])
    with scripted_server() as url:
        client = client_of(url, on_attempt=lambda _: next(tell, lambda: None)())
        seen = interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)
        return seen | {"afterwards": client.confirm_file_upload(FILE_ID).request_id}


def put() -> dict[str, Any]:
    send = Sender()
    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"PUT /", emulator.url, send) as url,
        tempfile.TemporaryDirectory() as directory,
    ):
        clip = Path(directory, "clip.mp4")
        clip.write_bytes(b"content" * 100_000)
        client = emulator.client(endpoint=url)
        seen = interrupted(lambda: client.upload(clip, asset_id="a1"), send, KeyboardInterrupt)
        [file] = emulator.files()
        return seen | {"state": file["state"], "is_the_file": file["file_id"] == seen["file_id"]}


def put_twice() -> dict[str, Any]:
    """The second Ctrl-C comes while the file is being set to CANCELLED, which gets stuck too."""
    send = Sender()
    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"/complete", emulator.url, send) as stuck,
        proxy_that_sticks_at(b"PUT /", stuck, send) as url,
        tempfile.TemporaryDirectory() as directory,
    ):
        clip = Path(directory, "clip.mp4")
        clip.write_bytes(b"content")
        chain: list[BaseException] = []
        try:
            emulator.client(endpoint=url).upload(clip, asset_id="a1")
        except KeyboardInterrupt as error:
            link: BaseException | None = error
            while link is not None:
                chain.append(link)
                link = link.__cause__
        last = chain[-1]
        assert isinstance(last, metastudio.UploadCancelledError), chain
        [file] = emulator.files()
        is_the_file = file["file_id"] == last.file_id
        return {"cleanup": last.cleanup, "stage": last.stage, "is_the_file": is_the_file}


def handler_that_raises() -> dict[str, Any]:
    def handler(*_: object) -> None:
        raise Alarm("time for something else")

    signal.signal(signal.SIGALRM, handler)
    send = Sender(signal.SIGALRM)
    with scripted_server(send) as url:
        client = client_of(url)
        seen = interrupted(lambda: client.confirm_file_upload(FILE_ID), send, Alarm)
        return seen | {"afterwards": client.confirm_file_upload(FILE_ID).request_id}


def handler_that_exits() -> dict[str, Any]:
    """As services end: the exit code is what the handler says."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with scripted_server(Sender(signal.SIGTERM)) as url:
        client_of(url).confirm_file_upload(FILE_ID)
    raise AssertionError("not ended")


def deadly() -> dict[str, Any]:
    """A signal without a handler, while a call waits."""
    with scripted_server(Sender(signal.Signals[os.environ["SIGNAL"]])) as url:
        client_of(url).confirm_file_upload(FILE_ID)
    raise AssertionError("not ended")


def handler_that_returns() -> dict[str, Any]:
    handled = threading.Event()
    number = signal.Signals[os.environ["SIGNAL"]]
    signal.signal(number, lambda *_: handled.set())
    send = Sender(number)

    def answer_when_handled() -> bytes:
        send()
        assert handled.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: after\r\nContent-Length: 0\r\n\r\n"

    with scripted_server(answer_when_handled) as url:
        return {"request_id": client_of(url).confirm_file_upload(FILE_ID).request_id}


def storm() -> dict[str, Any]:
    """A signal every 10 ms, through a slow call and a large upload."""
    handled = 0
    enough = threading.Event()

    def handler(*_: object) -> None:
        nonlocal handled
        handled += 1
        if handled == 50:
            enough.set()

    def answer_late() -> bytes:
        assert enough.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: late\r\nContent-Length: 0\r\n\r\n"

    signal.signal(signal.SIGALRM, handler)
    with (
        scripted_server(answer_late) as url,
        Emulator() as emulator,
        tempfile.TemporaryDirectory() as directory,
    ):
        clip = Path(directory, "clip.mp4")
        clip.write_bytes(os.urandom(1 << 20) * 60)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        request_id = client_of(url, max_attempts=1).confirm_file_upload(FILE_ID).request_id
        uploaded = emulator.client(max_attempts=1).upload(clip, asset_id="a1")
        signal.setitimer(signal.ITIMER_REAL, 0)
        [file] = emulator.files()
        same = file["put"]["md5"] == uploaded.md5
        return {"request_id": request_id, "state": file["state"], "same": same, "handled": handled}


def main_thread_outside() -> dict[str, Any]:
    """The main thread makes no call when it is interrupted; a worker's call goes on."""
    send = Sender()
    is_interrupted = threading.Event()

    def hold() -> bytes:
        send()
        assert is_interrupted.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: worker\r\nContent-Length: 0\r\n\r\n"

    with scripted_server(hold) as url:
        client = client_of(url, max_attempts=1)
        results: list[str] = []
        worker = threading.Thread(
            target=lambda: results.append(client.confirm_file_upload(FILE_ID).request_id)
        )
        try:
            worker.start()
            threading.Event().wait(SECONDS)
        except KeyboardInterrupt:
            seconds = time.monotonic() - send.sent
        is_interrupted.set()
        worker.join()
        return {"seconds": seconds, "worker": results}


def other_threads() -> dict[str, Any]:
    """A call of another thread waits for its answer while the main thread is interrupted."""
    send = Sender()
    worker_waits, go_on = threading.Event(), threading.Event()

    def hold() -> bytes:
        worker_waits.set()
        assert go_on.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: worker\r\nContent-Length: 0\r\n\r\n"

    with scripted_server(hold, send) as url:
        # With a token: with a key that isn't known to be good, one call waits for the other.
        client = metastudio.Client(endpoint=url, project_id="p", token="token", max_attempts=1)
        results: list[str] = []
        worker = threading.Thread(
            target=lambda: results.append(client.confirm_file_upload(FILE_ID).request_id)
        )
        worker.start()
        assert worker_waits.wait(SECONDS)
        seen = interrupted(lambda: client.confirm_file_upload(FILE_ID), send, KeyboardInterrupt)
        go_on.set()
        worker.join()
        return seen | {"worker": results}


def forked_from_a_thread() -> dict[str, Any]:
    """After a fork, the thread that forked is the main one, whatever it was before."""
    child = 0
    forked = threading.Event()

    def interrupt_child() -> None:
        assert forked.wait(SECONDS)
        os.kill(child, signal.SIGINT)

    def call_and_fork(client: metastudio.Client) -> None:
        nonlocal child
        client.confirm_file_upload(FILE_ID)
        child = os.fork()
        if child == 0:
            try:
                client.confirm_file_upload(FILE_ID)
            except KeyboardInterrupt:
                os._exit(130)
            os._exit(1)
        forked.set()

    first = b"HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(lambda: first, interrupt_child) as url:
        worker = threading.Thread(target=call_and_fork, args=(client_of(url, attempt_timeout=5),))
        worker.start()
        worker.join()
        return {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}


def panic() -> dict[str, Any]:
    """PyO3 turns its PanicException back into a panic, wherever Python code raised it: a way to
    have one in the middle of a call without any code for it in the package."""
    # PyO3 makes the class when it meets the first exception.
    with contextlib.suppress(TypeError):
        metastudio.Client(upload_host_suffixes=[1])  # type: ignore[list-item]
    [panic_exception] = [
        c for c in BaseException.__subclasses__() if c.__name__ == "PanicException"
    ]

    def handler(*_: object) -> None:
        raise panic_exception("forced")

    signal.signal(signal.SIGALRM, handler)
    with scripted_server(Sender(signal.SIGALRM)) as url:
        client = client_of(url)
        try:
            client.confirm_file_upload(FILE_ID)
        except metastudio.InternalError as error:
            seen = {"text": str(error), "outcome": error.outcome}
        return seen | {"afterwards": client.confirm_file_upload(FILE_ID).request_id}


if __name__ == "__main__":
    # A shell's background jobs are started with SIGINT ignored, and so is what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(json.dumps(globals()[sys.argv[1]]()))
