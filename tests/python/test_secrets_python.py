"""Nothing that a Python program can see gives a secret away (F65)."""

import gc
import pickle
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio import Client, Credentials, MetaStudioError, Signer
from metastudio.testing import Emulator

from child import run_python
from echo_server import Shape, echo_server
from fresh_keys import fresh_keys
from leaks import leaks
from test_secrets import PLANTED_SECURITY_TOKEN, PLANTED_SIGNATURE, PLANTED_SK, PLANTED_TOKEN

SECRETS = (PLANTED_SK, PLANTED_SECURITY_TOKEN, PLANTED_TOKEN, PLANTED_SIGNATURE)
# With these the walk would leave the object and see the whole program.
OUTSIDE = (type, types.ModuleType, types.FunctionType, types.FrameType, types.BuiltinFunctionType)


def assert_silent(text: str, *more: str) -> None:
    for secret in (*SECRETS, *more):
        assert leaks(text, secret) == [], f"{secret} in: {text}"


def texts_within(thing: object) -> Iterator[str]:
    """Every text that can be reached from an object, as the garbage collector sees it."""
    seen: set[int] = set()
    left = [thing]
    while left:
        it = left.pop()
        if id(it) in seen or isinstance(it, OUTSIDE):
            continue
        seen.add(id(it))
        if isinstance(it, str | bytes):
            yield it if isinstance(it, str) else it.decode("latin-1")
        left += gc.get_referents(it)


def shown_by(error: MetaStudioError) -> str:
    """Everything that an exception shows, or lets others find."""
    shown = [str(error), repr(error), f"{error!r:>200}", "".join(traceback.format_exception(error))]
    shown += [pickle.dumps(error, protocol).decode("latin-1") for protocol in (0, 2, 5)]
    shown += [repr(vars(error)), repr(error.args), repr(error.attempts)]
    # The frames hold the user's own variables.
    error.__traceback__ = None
    return "\n".join([*shown, *texts_within(error)])


def client_at(url: str, secret: str) -> Client:
    if secret == "token":
        return Client(endpoint=url, project_id="p", token=PLANTED_TOKEN)
    token = PLANTED_SECURITY_TOKEN if secret == "temporary keys" else None
    access_key = fresh_keys().access_key
    keys = Credentials(access_key, PLANTED_SK, security_token=token)
    return Client(endpoint=url, project_id="p", credentials=keys)


def test_the_walk_finds_what_is_there() -> None:
    error = metastudio.InternalError("x", attempts=(metastudio.Attempt(1, "", "a b", "", "", 0.0),))
    error.hidden = {"deep": [PLANTED_SK]}  # type: ignore[attr-defined]
    assert leaks("\n".join(texts_within(error)), PLANTED_SK)
    assert "a b" in texts_within(error)


@pytest.mark.parametrize("shape", ["json", "text", "xml"])
@pytest.mark.parametrize("secret", ["keys", "temporary keys", "token"])
@pytest.mark.parametrize("status", [400, 429, 500, 200])
def test_f65_an_answer_that_echoes_the_request(
    caplog: pytest.LogCaptureFixture, shape: Shape, secret: str, status: int
) -> None:
    caplog.set_level(1)
    with echo_server(shape, status) as server:
        client = client_at(server.url, secret).with_options(max_attempts=2)
        with pytest.raises(MetaStudioError) as caught:
            client.confirm_file_upload("echoed-file")
        sent = server.requests[0].headers
    proof = [sent[n] for n in ("authorization", "x-auth-token", "x-security-token") if n in sent]
    signatures = [value.rpartition("=")[2] for value in proof if "Signature=" in value]
    assert proof
    assert_silent(shown_by(caught.value) + caplog.text, *signatures)
    assert_silent("\n".join([repr(client), str(client), *texts_within(client)]), *signatures)


@pytest.mark.parametrize("shape", ["text", "xml"])
def test_f65_an_object_store_that_echoes_its_url(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, shape: Shape
) -> None:
    caplog.set_level(1)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"content")
    query = f"AccessKeyId=A&Expires=1893456000&Signature={PLANTED_SIGNATURE}"
    with echo_server(shape, 400, upload_query=query) as server:
        with pytest.raises(MetaStudioError) as caught:
            client_at(server.url, "keys").upload(clip, asset_id="a1")
        assert any(PLANTED_SIGNATURE in request.target for request in server.requests)
    assert caught.value.stage == "put"
    assert_silent(shown_by(caught.value) + caplog.text)


def test_f65_what_success_leaves_behind(
    caplog: pytest.LogCaptureFixture, metastudio_emulator: Emulator, tmp_path: Path
) -> None:
    caplog.set_level(1)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"content")
    keys = metastudio_emulator.env()["HUAWEICLOUD_SDK_SK"]
    client = metastudio_emulator.client()
    created = client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id="a1")
    things: list[Any] = [client, client.upload(clip, asset_id="a2"), metastudio_emulator]
    shown = [
        f"{it!r} {it} {it!s:>99}" for it in (*things, created, metastudio_emulator.credentials)
    ]
    text = "\n".join([*shown, caplog.text, *(text for it in things for text in texts_within(it))])
    url_signature = created.upload_url.partition("Signature=")[2]
    assert url_signature
    assert_silent(text, keys, metastudio_emulator.token, url_signature)


@pytest.mark.parametrize(
    "use",
    [
        lambda: Credentials("access", PLANTED_SK + "\n"),
        lambda: Credentials("access", "s", security_token=PLANTED_SECURITY_TOKEN + " "),
        lambda: Client(region="r", project_id="p", token=PLANTED_TOKEN + "\n"),
        lambda: Client(endpoint=f"https://user:{PLANTED_SK}@host", project_id="p", token="t"),
        lambda: Signer(Credentials("a", PLANTED_SK)).sign("GET", "nope", {"a": PLANTED_TOKEN}),
        lambda: Signer(Credentials("a", "s")).sign(
            "GET", "https://h/", {"a": PLANTED_TOKEN + "\n"}
        ),
    ],
)
def test_f65_an_argument_that_is_refused(use: Callable[[], object]) -> None:
    with pytest.raises(MetaStudioError) as caught:
        use()
    assert_silent(shown_by(caught.value))


def test_f65_the_signer_keeps_its_key() -> None:
    signer = Signer(Credentials("access", PLANTED_SK, security_token=PLANTED_SECURITY_TOKEN))
    signed = signer.sign("GET", "https://example.com/")
    # The token has to be sent; it is the one secret among the headers.
    assert signed.pop("X-Security-Token") == PLANTED_SECURITY_TOKEN
    assert_silent("\n".join([repr(signer), repr(signed), *texts_within(signer)]))


def test_f65_a_program_that_dies_of_an_error_prints_none() -> None:
    program = """
import logging, os, metastudio
logging.basicConfig(level=1)
metastudio.Client.from_env(endpoint=os.environ["URL"]).confirm_file_upload("echoed-file")
"""
    keys = {"HUAWEICLOUD_SDK_AK": "PLANTEDACCESSKEY", "HUAWEICLOUD_SDK_SK": PLANTED_SK}
    more = {"HUAWEICLOUD_SDK_SECURITY_TOKEN": PLANTED_SECURITY_TOKEN}
    with echo_server("json", 500) as server:
        env = keys | more | {"HUAWEICLOUD_SDK_PROJECT_ID": "p", "URL": server.url}
        done = run_python("-c", program, env=env | {"RUST_LOG": "trace"})
    assert done.returncode == 1
    assert "metastudio.ServerError" in done.stderr
    assert "DEBUG:metastudio:ConfirmFileUpload again in" in done.stderr
    assert_silent(done.stdout + done.stderr)
