"""Whatever can't be sent is refused at once, in words, and nobody is called (F01 to F08)."""

import enum
import socket
from collections.abc import Callable, Iterator
from typing import Any

import metastudio
import pytest
from metastudio import Client
from metastudio.testing import Emulator

from child_servers import url_of
from fresh_keys import fresh_keys

FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"
CREATE = {"file_size": 1, "file_md5": b"x" * 16, "asset_id": "a1"}
NO_TEXT: tuple[Any, ...] = (None, 1, 1.5, True, b"text", [], object())


class Text(str):
    """As numpy.str_ and others are: a str with more to it."""


class State(str, enum.Enum):  # noqa: UP042
    """As many users have it."""

    CREATED = "CREATED"
    OTHER = "created"


@pytest.fixture
def unused() -> Iterator[Client]:
    """A client whose endpoint sees every connection; at the end there was none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Client(endpoint=url_of(listener), project_id="p", credentials=fresh_keys())
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def assert_refused(call: Callable[..., object], name: str, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(metastudio.InvalidInputError) as caught:
        call(*args, **kwargs)
    error = caught.value
    assert name in str(error)
    assert isinstance(error, ValueError)
    assert (error.outcome, error.attempts, error.status) == ("not_applied", (), None)
    assert "nothing was sent" in str(error)


def assert_wrong_type(call: Callable[..., object], name: str, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be .*, not "):
        call(*args, **kwargs)


@pytest.mark.parametrize(
    "file_id",
    [
        *("", " ", ".", "..", "../x", "a/b", "a\\b", "a?x", "a#b", "a%2Fb", "%2e%2e"),
        *("a\r\nb", "a\0b", "a\tb", "\x7f", "文件", "x" * 300, "\ud800", "x\udfff"),
    ],
)
def test_f01_f02_file_id(unused: Client, file_id: str) -> None:
    assert_refused(unused.confirm_file_upload, "file_id", file_id)
    assert_refused(unused.confirm_file_upload, "file_id", Text(file_id))
    assert_refused(unused.create_file, "asset_id", "a.mp4", **(CREATE | {"asset_id": file_id}))


@pytest.mark.parametrize("value", NO_TEXT)
def test_f01_f04_what_is_no_text(unused: Client, value: Any) -> None:
    confirm, create = unused.confirm_file_upload, unused.create_file
    assert_wrong_type(confirm, "file_id", value)
    # Above all None: it must not come to mean CREATED.
    assert_wrong_type(confirm, "state", FILE_ID, value)
    assert_wrong_type(create, "file_name", value, **CREATE)
    assert_wrong_type(create, "category", "a.mp4", category=value, **CREATE)
    assert_wrong_type(create, "asset_id", "a.mp4", **(CREATE | {"asset_id": value}))
    if value is None:
        assert_refused(unused.upload, "asset_id", "a.mp4", asset_id=value)
    else:
        assert_wrong_type(unused.upload, "asset_id", "a.mp4", asset_id=value)
        assert_wrong_type(confirm, "app_user_id", FILE_ID, app_user_id=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("file_size", value) for value in (None, "1", 1.0, True, b"1")]
    + [("file_md5", value) for value in (None, 1, [0] * 16, bytearray(16))],
)
def test_f07_wrong_types(unused: Client, name: str, value: Any) -> None:
    assert_wrong_type(unused.create_file, name, "a.mp4", **(CREATE | {name: value}))


@pytest.mark.parametrize("state", ["created", "BOGUS", "", " CREATED", State.OTHER, "\ud800"])
def test_f04_state(unused: Client, state: str) -> None:
    assert_refused(unused.confirm_file_upload, "state", FILE_ID, state)


@pytest.mark.parametrize("user", ["", "用户", "a\r\nb: c", " a", "a ", "x" * 10_000, "\ud800"])
def test_f05_app_user_id(unused: Client, user: str) -> None:
    assert_refused(unused.confirm_file_upload, "app_user_id", FILE_ID, app_user_id=user)


@pytest.mark.parametrize(
    ("name", "value"),
    [("file_size", size) for size in (0, -1, 5368709121, 2**70)]
    + [("file_md5", md5) for md5 in (b"", b"x" * 15, "x", "\ud800")]
    + [
        ("file_name", text)
        for text in ("", "x" * 253 + ".mp4", "a/b.mp4", "a\nb.mp4", "\ud800.mp4")
    ]
    + [("file_type", "no extension")],
)
def test_f07_create_file(unused: Client, name: str, value: Any) -> None:
    if name in ("file_name", "file_type"):
        assert_refused(unused.create_file, name, value, **CREATE)
    else:
        assert_refused(unused.create_file, name, "a.mp4", **(CREATE | {name: value}))


def test_a_call_with_other_arguments_is_a_type_error(unused: Client) -> None:
    calls: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        ((), {}),
        ((FILE_ID, "CREATED", "u"), {}),
        ((FILE_ID,), {"stat": "FAILED"}),
    ]
    for args, kwargs in calls:
        with pytest.raises(TypeError, match="argument"):
            unused.confirm_file_upload(*args, **kwargs)
    with pytest.raises(TypeError, match="positional"):
        Client("cn-north-4")  # type: ignore[call-arg]


def test_text_of_a_kind_counts_by_its_text(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    created = client.create_file(Text("a.mp4"), file_size=1, file_md5=b"x" * 16, asset_id=Text("a"))
    client.confirm_file_upload(Text(created.file_id), Text("CANCELLED"), app_user_id=Text("u"))
    assert metastudio_emulator.files()[0]["state"] == "CANCELLED"
    # Reaches the service, which doesn't take it: there is no content.
    with pytest.raises(metastudio.RejectedError):
        client.confirm_file_upload(created.file_id, State.CREATED)
