"""Programs that fork while they use a client (F60): see test_fork.py.

Each call registers a file under a name of its own, and says which id it got for it.
"""

import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import metastudio

PATIENCE_SECONDS = 20
THREADS = 8

Ids = dict[str, str]


class Service:
    """The service that the program was told of, and the files that it has registered there."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.client = metastudio.Client(
            endpoint=told["url"],
            project_id=told["project_id"],
            token=told["token"],
            ca_file=told["ca_file"],
            max_attempts=1,
        )
        self.rounds: int = told["rounds"]
        self.numbers = itertools.count()

    def register(self, who: str) -> Ids:
        name = f"{who}-{os.getpid()}-{next(self.numbers)}"
        created = self.client.create_file(
            f"{name}.mp4", file_size=1, file_md5=bytes(16), asset_id=name
        )
        return {name: created.file_id}


def forked(work: Callable[[], object], leave: Callable[[int], NoReturn]) -> int:
    """Does some work in a child; returns the end of a pipe with what came of it, as JSON."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        return reader
    signal.alarm(PATIENCE_SECONDS)
    try:
        answer = json.dumps(work())
    except BaseException as error:
        answer = json.dumps({"failed": f"{type(error).__name__}: {error}"})
    os.write(writer, answer.encode())
    return leave(0)


def answer_from(reader: int) -> Any:
    """What the child has said; nothing at all when it hung until its alarm."""
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status = os.wait()
    answer = json.loads(said or '{"failed": "no answer"}')
    if status:
        answer["failed"] = f"{answer.get('failed')}, wait status {status}"
    return answer


def leave_by(number: int) -> Callable[[int], NoReturn]:
    def leave(code: int) -> NoReturn:
        if number % 2:
            sys.exit(code)
        os._exit(code)

    return leave


def idle(service: Service) -> Ids:
    """A connection waits in the pool at each fork."""
    ids = service.register("parent")
    for number in range(service.rounds):
        child = forked(
            lambda: service.register("child") | service.register("child"), leave_by(number)
        )
        ids |= service.register("parent")
        ids |= answer_from(child)
    return ids


def busy(service: Service) -> Ids:
    """Other threads are in the middle of calls at each fork, and so is the child afterwards."""
    ids: Ids = {}
    done = threading.Event()
    failures: list[str] = []

    def keep_calling() -> None:
        try:
            while not done.is_set():
                ids.update(service.register("thread"))
        except metastudio.MetaStudioError as error:
            failures.append(str(error))

    def call_from_threads() -> Ids:
        found: Ids = {}
        threads = [
            threading.Thread(target=lambda: found.update(service.register("child")))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    threads = [threading.Thread(target=keep_calling) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    children: Ids = {}
    for number in range(service.rounds):
        children |= answer_from(forked(call_from_threads, leave_by(number)))
    done.set()
    for thread in threads:
        thread.join()
    if failures:
        children["failed"] = failures[0]
    return ids | children


def lingering(service: Service) -> Ids:
    """The child lives on after its call, while the parent closes its client."""
    ids = service.register("parent")
    reader, writer = os.pipe()

    def call_and_wait() -> Ids:
        os.close(writer)
        ids = service.register("child")
        os.read(reader, 1)
        return ids

    child = forked(call_and_wait, os._exit)
    ids |= service.register("parent")
    # Until the parent's connection has been let go of, its end can't be seen.
    service.client.close()
    print("closed", flush=True)
    sys.stdin.readline()
    os.close(writer)
    ids |= answer_from(child)
    return ids


def in_a_handler(service: Service) -> Any:
    """A signal's handler forks in the middle of a call, and returns in the child too."""
    reader, writer = os.pipe()
    parent = os.getpid()

    def fork(*_: object) -> None:
        os.fork()

    signal.signal(signal.SIGALRM, fork)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    began = time.monotonic()
    said: dict[str, object] = {}
    try:
        said["request_id"] = service.client.confirm_file_upload("f").request_id
    except metastudio.UploadCancelledError as error:
        said |= {"text": str(error), "outcome": error.outcome}
    if os.getpid() != parent:
        said["seconds"] = time.monotonic() - began
        os.write(writer, json.dumps(said).encode())
        os._exit(0)
    os.close(writer)
    return {"parent": said, "child": answer_from(reader)}


def in_a_batch(service: Service) -> Any:
    """A fork between two results. The child asks for its next, and leaves them to be collected."""
    told: list[str] = []
    results = service.client.confirm_many((f"f{number}" for number in range(64)), concurrency=4)
    told.append(next(results).file_id)

    def go_on() -> dict[str, str]:
        nonlocal results
        try:
            next(results)
        except metastudio.InvalidConfigError as error:
            del results
            return {"text": str(error), "own": service.client.confirm_file_upload("own").request_id}
        return {"text": "it went on"}

    child = answer_from(forked(go_on, sys.exit))
    told += [it.file_id for it in results if it.outcome == "applied"]
    return {"parent": told, "child": child}


SCENARIOS: dict[str, Callable[[Service], Any]] = {
    "idle": idle,
    "busy": busy,
    "lingering": lingering,
    "in_a_handler": in_a_handler,
    "in_a_batch": in_a_batch,
}

if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]](Service(json.loads(sys.argv[2])))))
