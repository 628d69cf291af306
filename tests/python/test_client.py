"""The client against `metastudio.testing.Emulator`: what works, and what its objects are."""

import copy
import hashlib
import pickle
from pathlib import Path

import metastudio
import pytest
from metastudio import (
    Client,
    ConfirmedUpload,
    CreatedAsset,
    CreatedFile,
    Credentials,
    Deleted,
    Uploaded,
    UploadState,
)
from metastudio.testing import Emulator

from leaks import leaks
from vendor_client import CONTENT, md5_base64, put

MD5 = hashlib.md5(CONTENT, usedforsecurity=False).digest()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    return path


def create(client: Client, name: str = "clip.mp4", asset_id: str = "a1") -> CreatedFile:
    return client.create_file(name, file_size=len(CONTENT), file_md5=MD5, asset_id=asset_id)


def test_upload(metastudio_emulator: Emulator, clip: Path) -> None:
    client = metastudio_emulator.client()
    done = client.upload(clip, asset_id="a1", category="COVER", app_user_id="tester-01")
    [file] = metastudio_emulator.files()
    assert (file["file_id"], file["state"]) == (done.file_id, "CREATED")
    assert (file["category"], file["app_user_id"]) == ("COVER", "tester-01")
    assert (done.size, done.md5) == (len(CONTENT), md5_base64(CONTENT))
    assert done.request_id
    assert metastudio_emulator.file_body(done.file_id) == CONTENT
    # A path may be text as well.
    assert client.upload(str(clip), asset_id="a2").file_id != done.file_id


@pytest.mark.parametrize("md5", [MD5, md5_base64(CONTENT)], ids=["bytes", "base64"])
@pytest.mark.parametrize("state", [UploadState.CREATED, UploadState.FAILED, UploadState.CANCELLED])
def test_step_by_step(metastudio_emulator: Emulator, md5: str | bytes, state: str) -> None:
    client = metastudio_emulator.client()
    size = len(CONTENT)
    created = client.create_file("clip.mp4", file_size=size, file_md5=md5, asset_id="a1")
    assert put(created.upload_url).status_code == 200
    confirmed = client.confirm_file_upload(created.file_id, state)
    assert metastudio_emulator.files()[0]["state"] == state
    assert len({created.request_id, confirmed.request_id}) == 2


def test_created_is_the_state_that_is_confirmed_when_none_is_given(
    metastudio_emulator: Emulator,
) -> None:
    client = metastudio_emulator.client()
    created = create(client)
    put(created.upload_url)
    client.confirm_file_upload(file_id=created.file_id, app_user_id="tester-01")
    assert metastudio_emulator.files()[0]["state"] == "CREATED"


def test_a_token_instead_of_keys(metastudio_emulator: Emulator, clip: Path) -> None:
    client = metastudio_emulator.client(token=metastudio_emulator.token)
    assert client.upload(clip, asset_id="a1").request_id
    refused = metastudio_emulator.client(token="no-such-token")
    with pytest.raises(metastudio.AuthenticationError) as caught:
        refused.confirm_file_upload("f")
    assert (caught.value.status, len(caught.value.attempts)) == (401, 1)


def test_everything_from_the_environment(
    metastudio_emulator: Emulator, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in metastudio_emulator.env().items():
        monkeypatch.setenv(name, value)
    assert Client.from_env().upload(clip, asset_id="a1").request_id
    # What is given goes before the environment.
    assert Client.from_env(credentials=metastudio_emulator.credentials, max_attempts=1)
    monkeypatch.setenv("METASTUDIO_TOKEN", metastudio_emulator.token)
    assert Client.from_env().upload(clip, asset_id="a2").request_id
    monkeypatch.setenv("METASTUDIO_ENDPOINT", "")
    monkeypatch.setenv("METASTUDIO_REGION", "cn-north-4")
    assert "https://metastudio.cn-north-4.myhuaweicloud.com" in repr(Client.from_env())


def test_with_options_makes_another_client(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    other = client.with_options(max_attempts=1, total_timeout=3, connect_timeout=0.5)
    assert other is not client
    client.close()
    assert create(other).file_id
    with pytest.raises(metastudio.InvalidConfigError, match="total_timeout"):
        other.with_options(total_timeout=0)


def test_after_its_block_a_client_is_closed(metastudio_emulator: Emulator) -> None:
    with metastudio_emulator.client() as client:
        created = create(client)
    assert repr(client) == "Client(closed)"
    for use in (
        lambda: client.confirm_file_upload(created.file_id),
        lambda: client.upload("clip.mp4", asset_id="a1"),
        lambda: create(client),
        lambda: client.with_options(max_attempts=1),
        client.__enter__,
    ):
        with pytest.raises(metastudio.InvalidConfigError, match="the client was closed"):
            use()
    client.close()
    assert metastudio_emulator.files()[0]["state"] == "CREATING"


def test_an_error_in_the_block_is_not_swallowed(metastudio_emulator: Emulator) -> None:
    with pytest.raises(ZeroDivisionError), metastudio_emulator.client():
        raise ZeroDivisionError


def test_results_can_be_compared_copied_and_pickled() -> None:
    for result, text in [
        (ConfirmedUpload("r1"), 'ConfirmedUpload(request_id="r1", state=None)'),
        (ConfirmedUpload("r1", "REVIEW"), 'ConfirmedUpload(request_id="r1", state="REVIEW")'),
        (
            Uploaded("f1", "a1", 3, "kAFQmDzST7DWlj99KOF/cg==", "r1"),
            'Uploaded(file_id="f1", asset_id="a1", size=3, md5="kAFQmDzST7DWlj99KOF/cg==", '
            'request_id="r1", state=None)',
        ),
        (
            Uploaded("f1", "a1", 6_000_000_000, None, "r1", "UPLOADED"),
            'Uploaded(file_id="f1", asset_id="a1", size=6000000000, md5=None, request_id="r1", '
            'state="UPLOADED")',
        ),
        (
            CreatedAsset("a1", None, "r1"),
            'CreatedAsset(asset_id="a1", produce_id=None, request_id="r1")',
        ),
        (Deleted("r1"), 'Deleted(request_id="r1")'),
    ]:
        assert repr(result) == text
        for twin in (copy.copy(result), copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
            assert (type(twin), twin, hash(twin)) == (type(result), result, hash(result))
    assert ConfirmedUpload("r1") != ConfirmedUpload("r2")


def test_what_holds_a_secret_shows_and_pickles_none(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    created = create(client)
    keys = Credentials("access", "planted-secret-key", security_token="planted-security-token")
    assert repr(keys) == 'Credentials("access", <hidden>, security_token=<hidden>)'
    assert leaks(repr(created), created.upload_url.partition("?")[2]) == []
    assert created.file_id in repr(created)
    for holder in (keys, created, metastudio.Signer(keys)):
        for take in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="pickle"):
                take(holder)
        with pytest.raises(TypeError):
            vars(holder)


def test_the_state_is_one_of_three_words() -> None:
    assert (UploadState.CREATED, UploadState.FAILED) == ("CREATED", "FAILED")
    with pytest.raises(TypeError, match="final"):
        type("Mine", (UploadState,), {})
    with pytest.raises(TypeError, match="constants"):
        UploadState()
