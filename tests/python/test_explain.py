"""Errors explain a signature that was refused: `error.explain()`."""

import copy
import pickle

import pytest
from metastudio import (
    AuthenticationError,
    Client,
    Credentials,
    MetaStudioError,
    NotFoundError,
    UploadItem,
    UploadManyError,
)
from metastudio.testing import Emulator

from child import run_python

FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"
SECRET = "planted-secret-key"
TOKEN = "planted-security-token-0123456789" * 4


def refused(emulator: Emulator, secret: str = SECRET) -> Client:
    access_key = emulator.credentials.access_key
    keys = Credentials(access_key, secret, security_token=TOKEN)
    return emulator.client(credentials=keys)


def test_f11_a_wrong_secret_key_is_named() -> None:
    with Emulator() as emulator:
        client = refused(emulator)
        with pytest.raises(AuthenticationError) as caught:
            client.confirm_file_upload(FILE_ID, "CREATED")
        text = caught.value.explain()
        assert text is not None
        lines = text.splitlines()
        assert lines[0] == "cause: everything that was signed is the same: the secret keys differ"
        assert lines[1].startswith("what to do: Check the secret key")
        assert f"  path: /v1/{emulator.project_id}/files/{FILE_ID}/complete/" in lines
        # What isn't even tried says the same.
        with pytest.raises(AuthenticationError) as later:
            client.confirm_file_upload(FILE_ID, "CREATED")
        assert later.value.explain() == text
        assert len(emulator.requests()) == 1


def test_f65_it_survives_pickling_and_holds_no_secret() -> None:
    with Emulator() as emulator, pytest.raises(AuthenticationError) as caught:
        refused(emulator).confirm_file_upload(FILE_ID, "CREATED")
    error = caught.value
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert again.explain() == error.explain() is not None
    everything = f"{error.explain()}{error!r}{vars(error)}{pickle.dumps(error)!r}"
    assert "planted" not in everything
    program = f"import pickle; print(pickle.loads({pickle.dumps(error)!r}).explain())"
    done = run_python("-c", program)
    assert done.stdout.startswith("cause: everything that was signed is the same"), done


def test_a_wrong_token_is_named() -> None:
    with Emulator() as emulator:
        client = emulator.client(token="planted-user-token-0123456789")
        with pytest.raises(AuthenticationError) as caught:
            client.confirm_file_upload(FILE_ID, "CREATED")
        text = caught.value.explain()
        assert text is not None
        assert text.startswith("cause: the token isn't valid")


def test_what_has_nothing_to_explain_says_none() -> None:
    with Emulator() as emulator, pytest.raises(NotFoundError) as caught:
        emulator.client().confirm_file_upload(FILE_ID, "CREATED")
    assert caught.value.explain() is None
    assert MetaStudioError("text").explain() is None


def test_many_files_explain_it_once() -> None:
    with Emulator() as emulator:
        client = refused(emulator)
        files = [UploadItem(b"content", file_name=f"{number}.bin") for number in range(3)]
        with pytest.raises(UploadManyError) as caught:
            client.upload_many(files, asset_id="a1", category="OTHER", raise_on_error=True)
        text = caught.value.explain()
        assert text is not None
        assert text.count("cause: ") == 1
        assert pickle.loads(pickle.dumps(caught.value)).explain() == text
        assert UploadManyError("text", [NotFoundError("no")]).explain() is None
