"""The one line that the person at night reads, word by word."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import metastudio
import pytest
from metastudio import Client
from metastudio.testing import Emulator

from child_servers import scripted_server, url_of
from refusing_server import Answer, answering, refusal
from test_exceptions import client_at

LOOK = "confirm the same state again, and no other"


def text_of(call: Callable[[], object]) -> str:
    with pytest.raises(metastudio.MetaStudioError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            refusal(401, "APIGW.0301", "verify aksk signature fail"),
            "status 401 APIGW.0301, verify aksk signature fail (not applied; request id rid-1); "
            "check access key, secret key or token, and this machine's clock, before the next try: "
            "more than five failures lock a key for five minutes",
        ),
        (
            refusal(403),
            "status 403 MSS.1, no (not applied; request id rid-1); ask for the permission "
            '"MetaStudio FullAccess" in this project',
        ),
        (refusal(404), "status 404 MSS.1, no (not applied; request id rid-1)"),
        (
            refusal(429, Retry_After="120"),
            "status 429 MSS.1, no (not applied; request id rid-1); come back in 120 s; slow down: "
            "the documented limit is 10 file calls a second, 5 in some regions",
        ),
        (
            Answer(500),
            "status 500, Internal Server Error (it is not known whether it was applied; "
            f"request id rid-1); {LOOK}",
        ),
        (
            Answer(302, headers={"Location": "https://login.example/x?ticket=1"}),
            "status 302, redirected to login.example; it was not followed (it is not known "
            f"whether it was applied); {LOOK}",
        ),
    ],
)
def test_an_answer(answer: Answer, text: str) -> None:
    with answering(answer) as url:
        client = client_at(url, max_attempts=1)
        said = text_of(lambda: client.confirm_file_upload("f1"))
    assert said == f"ConfirmFileUpload of file f1: {text}"


def test_several_attempts() -> None:
    with answering(refusal(500), refusal(409, "MSS.2", "already")) as url:
        said = text_of(lambda: client_at(url).confirm_file_upload("f1"))
    assert said == (
        "ConfirmFileUpload of file f1: status 409 MSS.2, already (it is not known whether it was "
        f"applied; 2 attempts; request id rid-1); {LOOK}"
    )


def test_silence() -> None:
    with scripted_server(lambda: None) as url:
        client = client_at(url, max_attempts=1).with_options(attempt_timeout=0.2)
        said = text_of(lambda: client.confirm_file_upload("f1"))
    assert said == (
        "ConfirmFileUpload of file f1: time ran out (wait for the answer) (it is not known "
        f"whether it was applied); {LOOK}"
    )


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = url_of(listener)
    said = text_of(lambda: client_at(url, max_attempts=1).confirm_file_upload("f1"))
    assert said == (
        f"ConfirmFileUpload of file f1: can't connect to {url.removeprefix('http://')}: Connection "
        "refused (os error 111) (not applied); check the network and the endpoint"
    )


def test_an_upload_that_ends_early(metastudio_emulator: Emulator, tmp_path: Path) -> None:
    client = metastudio_emulator.client()
    path = tmp_path / "clip.mp4"
    said = text_of(lambda: client.upload(path, asset_id="a1"))
    assert said == (
        f"Upload of file {path}: No such file or directory (os error 2) (not applied; nothing was "
        "sent); the upload ended in stage inspect; check the local file"
    )
    path.write_bytes(b"content")
    client.upload(path, asset_id="a1")
    said = text_of(lambda: client.upload(path, asset_id="a1"))
    assert re.sub("request id [0-9a-f]+", "request id ID", said) == (
        "CreateFile of file clip.mp4: status 400 MSS.00000003, Invalid parameter [asset_id: has a "
        "MAIN file already] (not applied; request id ID); the upload ended in stage create"
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: Client(region="x y"),
            'Client: region must be a region id such as cn-north-4, got "x y" (not applied; '
            "nothing was sent); correct the client's settings",
        ),
        (
            lambda: Client(total_timeout=float("nan")),
            "Client: total_timeout must be a finite number of seconds above 0, got NaN (not "
            "applied; nothing was sent)",
        ),
        (
            lambda: metastudio.Credentials("a", "secret\n"),
            "Credentials: secret_key begins or ends with a blank or a line end (a pasting "
            "mistake?)",
        ),
        (
            lambda: client_at("http://127.0.0.1:9").confirm_file_upload("../x"),
            'ConfirmFileUpload: file_id may only hold A-Z a-z 0-9 - . _ ~, got "../x" (not '
            "applied; nothing was sent)",
        ),
        (
            lambda: client_at("http://127.0.0.1:9").confirm_file_upload("f1", "created"),
            'ConfirmFileUpload: state must be CREATED, FAILED or CANCELLED, got "created" (not '
            "applied; nothing was sent)",
        ),
        (
            lambda: metastudio.Signer(metastudio.Credentials("a", "s")).sign("GET", "example.com"),
            "Signer: url must begin with https:// or http://",
        ),
    ],
)
def test_what_is_refused_at_once(call: Callable[[], object], text: str) -> None:
    assert text_of(call) == text
