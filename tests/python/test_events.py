"""The hook that is told of every attempt: `Client(on_attempt=...)`."""

import copy
import pickle
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import metastudio
import pytest
from metastudio import AttemptEvent
from metastudio.testing import Emulator

from child_servers import scripted_server
from fresh_keys import fresh_keys

FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"
BUSY = b"HTTP/1.1 503 Busy\r\nX-Request-Id: busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"


def client_of(url: str, **options: Any) -> metastudio.Client:
    return metastudio.Client(endpoint=url, project_id="p", credentials=fresh_keys(), **options)


def shown(event: AttemptEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in AttemptEvent.__slots__}


def test_each_attempt_is_told_with_what_came_of_it() -> None:
    told: list[AttemptEvent] = []
    with scripted_server(lambda: BUSY) as url:
        done = client_of(url, on_attempt=told.append).confirm_file_upload(FILE_ID)
    first, second = map(shown, told)
    assert first.pop("seconds") > 0
    assert 0 <= first.pop("retry_in") < 10
    assert first == {
        "operation": "ConfirmFileUpload",
        "subject": FILE_ID,
        "attempt": 1,
        "status": 503,
        "error_code": None,
        "request_id": "busy",
        "outcome": "unknown",
        "error": "server",
    }
    assert second.pop("seconds") > 0
    assert second == first | {
        "attempt": 2,
        "status": 200,
        "request_id": done.request_id,
        "outcome": "applied",
        "error": None,
        "retry_in": None,
    }


def test_every_call_of_an_upload_is_told_and_every_part(tmp_path: Path) -> None:
    told: list[AttemptEvent] = []
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(400_000))
    with Emulator() as emulator:
        client = emulator.client(on_attempt=told.append)
        client.upload(clip, new_asset="VIDEO")
        client.with_options(max_attempts=1).upload(clip, asset_id="a", part_count=3)
        client.upload_many([clip, clip], new_asset="VIDEO")
        client.show_asset("a")
    operations = [event.operation for event in told]
    one = ["CreateDigitalAsset", "CreateFile", "PutContent", "ConfirmFileUpload"]
    parts = ["CreateLargeFile", *["PutPart"] * 3, "ConfirmFileUpload"]
    assert operations[:9] == [*one, *parts]
    assert sorted(operations[9:-1]) == sorted(2 * one)
    assert operations[-1] == "ShowAsset"
    assert {(event.outcome, event.error) for event in told} == {("applied", None)}


def test_the_hook_runs_on_the_thread_of_the_call() -> None:
    told: list[int] = []
    with scripted_server() as url:
        client = client_of(url, on_attempt=lambda _: told.append(threading.get_ident()))
        client.confirm_file_upload(FILE_ID)
        other = threading.Thread(target=client.confirm_file_upload, args=(FILE_ID,))
        other.start()
        other.join()
    assert told == [threading.get_ident(), other.ident]


def test_what_the_hook_raises_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    unraisable: list[tuple[object, object]] = []
    monkeypatch.setattr(
        sys, "unraisablehook", lambda it: unraisable.append((it.exc_type, it.object))
    )

    def hook(_: AttemptEvent) -> None:
        raise ZeroDivisionError

    with scripted_server(lambda: BUSY) as url:
        client = client_of(url, on_attempt=hook)
        assert client.confirm_file_upload(FILE_ID).request_id == "2"
    assert unraisable == [(ZeroDivisionError, hook)] * 2


def test_what_is_to_end_the_program_ends_the_call() -> None:
    def hook(_: AttemptEvent) -> None:
        sys.exit(3)

    caught: list[BaseException] = []

    def work() -> None:
        try:
            client.confirm_file_upload(FILE_ID)
        except SystemExit as error:
            caught.append(error)

    with scripted_server(lambda: BUSY) as url:
        client = client_of(url, on_attempt=hook)
        work()
        # On another thread, it is that thread's to end.
        other = threading.Thread(target=work)
        other.start()
        other.join()
    first, second = caught
    assert isinstance(first.__cause__, metastudio.UploadCancelledError)
    assert (first.__cause__.outcome, first.__cause__.status) == ("unknown", 503)
    assert isinstance(second.__cause__, metastudio.UploadCancelledError)
    assert second.__cause__.outcome == "applied"


def test_a_hook_may_use_the_client_and_is_not_told_of_it() -> None:
    told: list[AttemptEvent] = []
    own = SimpleNamespace()

    def hook(event: AttemptEvent) -> None:
        told.append(event)
        own.client.confirm_file_upload("of-the-hook")

    with scripted_server() as url:
        own.client = client_of(url, on_attempt=hook)
        own.client.confirm_file_upload(FILE_ID)
        # The third request: the hook has made one.
        assert own.client.confirm_file_upload(FILE_ID).request_id == "3"
    assert [event.subject for event in told] == [FILE_ID, FILE_ID]


def test_f65_an_event_holds_no_secret() -> None:
    secret, said = "canary-token-5f3a9b", "X-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s"
    body = '{"error_code":"%s","error_msg":"%s"}' % (secret, secret)  # noqa: UP031
    answer = f"HTTP/1.1 400 Bad\r\n{said % (secret, len(body), body)}".encode()
    told: list[AttemptEvent] = []
    with scripted_server(lambda: answer) as url:
        client = metastudio.Client(
            endpoint=url, project_id="p", token=secret, on_attempt=told.append
        )
        with pytest.raises(metastudio.RejectedError):
            client.confirm_file_upload(FILE_ID)
    [event] = told
    text = f"{event!r} {shown(event)} {pickle.dumps(event)!r}"
    assert "***" in text
    assert secret not in text
    assert "http:" not in text


def test_events_are_values() -> None:
    event = AttemptEvent("ShowAsset", "a", 1, None, None, None, 0.25, "unknown", "timeout", 1.5)
    for twin in (copy.copy(event), pickle.loads(pickle.dumps(event))):
        assert twin == event
        assert hash(twin) == hash(event)
    assert event != AttemptEvent("ShowAsset", "a", 2, None, None, None, 0.25, "unknown", None, None)
    assert repr(event) == (
        "<AttemptEvent ShowAsset of a #1: no answer (unknown, timeout, 0.250 s)>"
    )


def test_only_a_callable_is_a_hook() -> None:
    with pytest.raises(TypeError, match="on_attempt must be callable"):
        client_of("https://localhost", on_attempt="print")


def test_a_pickled_client_has_no_hook_and_a_copy_has() -> None:
    told: list[AttemptEvent] = []
    with Emulator() as emulator:
        client = emulator.client(on_attempt=lambda event: told.append(event), include_secrets=True)
        pickle.loads(pickle.dumps(client)).create_digital_asset("clip", "VIDEO")
        assert told == []
        copy.copy(client).create_digital_asset("clip", "VIDEO")
        assert len(told) == 1
