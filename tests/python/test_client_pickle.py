"""Clients that are copied, and pickled for other processes (F62)."""

import base64
import copy
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cloudpickle
import metastudio
import pytest
from metastudio import Client, Credentials, CredentialSource, Token

from child import HERE
from counting_proxy import counting_proxy
from emulator_process import Emulator

SECRET = "canary-secret-key-0123456789"
PASSWORD = "canary-pass"
PICKLERS = pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])

# What version 0.1.0 made of Client(endpoint="http://127.0.0.1:1", project_id="p", max_attempts=2),
# by protocol 2.
OF_0_1_0 = (
    b"\x80\x02cmetastudio._pickled\nclient\nq\x00K\x01}q\x01(X\x08\x00\x00\x00endpointq\x02"
    b"X\x12\x00\x00\x00http://127.0.0.1:1q\x03X\n\x00\x00\x00project_idq\x04X\x01\x00\x00\x00pq\x05"
    b"X\x0c\x00\x00\x00max_attemptsq\x06K\x02uN\x87q\x07Rq\x08."
)


def worker(pickled: bytes, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a process says that has nothing in common with this one."""
    own = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "NO_PROXY": "*"}
    # No metadata service, so that it isn't waited for.
    own["METASTUDIO_METADATA_ENDPOINT"] = "http://127.0.0.1:1"
    done = subprocess.run(
        [sys.executable, str(HERE / "pickle_child.py")],
        input=pickled,
        env=own | dict(env or {}),
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def keys_of(emulator: Emulator) -> dict[str, str]:
    return {
        "HUAWEICLOUD_SDK_AK": emulator.access_key,
        "HUAWEICLOUD_SDK_SK": emulator.secret_key,
    }


@PICKLERS
def test_f62_a_worker_finds_its_own_credentials(
    emulator: Emulator, dumps: Callable[[object], bytes]
) -> None:
    client = Client(
        endpoint=emulator.url,
        project_id=emulator.project_id,
        credentials=Credentials("somebody-else", SECRET),
    )
    said = worker(dumps(client), keys_of(emulator))
    assert said["repr"] == repr(client)
    assert emulator.files()[said["file_id"]]["file_name"] == "f.mp4"


def test_f62_a_worker_without_credentials_says_so_at_its_first_call(emulator: Emulator) -> None:
    client = Client(endpoint=emulator.url, project_id="p", token=emulator.token)
    said = worker(pickle.dumps(client))
    assert said["error"] == "CredentialsError"
    assert "a pickled client carries no credentials" in said["text"]
    assert "include_secrets=True" in said["text"]
    assert "nothing was sent" in said["text"]


def keys_from_a_function() -> Credentials:
    return Credentials(os.environ["TEST_AK"], os.environ["TEST_SK"])


@PICKLERS
@pytest.mark.parametrize("kind", ["keys", "token", "token object", "chain", "function", "found"])
def test_f62_include_secrets_carries_them(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    dumps: Callable[[object], bytes],
    kind: str,
) -> None:
    keys = Credentials(emulator.access_key, emulator.secret_key)
    ways: dict[str, dict[str, Any]] = {
        "keys": {"credentials": keys},
        "token": {"token": emulator.token},
        "token object": {"credentials": Token(emulator.token)},
        "chain": {"credentials": CredentialSource.chain([CredentialSource.environment(), keys])},
        "function": {"credentials": keys_from_a_function},
        "found": {},
    }
    env = {"TEST_AK": emulator.access_key, "TEST_SK": emulator.secret_key}
    for name, value in keys_of(emulator).items():
        monkeypatch.setenv(name, value)
    client = Client(
        endpoint=emulator.url, project_id=emulator.project_id, include_secrets=True, **ways[kind]
    )
    if kind == "function" and dumps is pickle.dumps:
        env["PYTHONPATH"] = str(HERE)
    elif kind == "function":
        cloudpickle.register_pickle_by_value(sys.modules[__name__])
    # Pickled once more where it came out, as frameworks do.
    assert "file_id" in worker(dumps(pickle.loads(dumps(client))), env)


def test_f62_a_source_without_a_secret_goes_along(emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "keys.ini"
    file.write_text(f"[prod]\nak = {emulator.access_key}\nsk = {emulator.secret_key}\n")
    file.chmod(0o600)
    source = CredentialSource.profile("prod", file=file)
    client = Client(endpoint=emulator.url, project_id=emulator.project_id, credentials=source)
    wrong = {"HUAWEICLOUD_SDK_AK": "somebody-else", "HUAWEICLOUD_SDK_SK": SECRET}
    assert "file_id" in worker(pickle.dumps(client), wrong)


def secretive_clients() -> dict[str, Client]:
    """Each with a secret in another place."""

    def function() -> Credentials:
        return Credentials("access", SECRET)

    keys = Credentials("access", SECRET, security_token=SECRET)
    login = CredentialSource.iam_password("user", SECRET, domain="d", project_name="r")
    here: dict[str, Any] = {"endpoint": "http://127.0.0.1:1", "project_id": "p"}
    return {
        "keys": Client(**here, credentials=keys),
        "token": Client(**here, token=SECRET),
        "token object": Client(**here, credentials=Token(SECRET)),
        "login": Client(**here, credentials=login),
        "function": Client(**here, credentials=function),
        "chain": Client(**here, credentials=CredentialSource.chain([login, keys])),
        "proxy": Client(**here, credentials=keys, proxy=f"http://user:{PASSWORD}@localhost:1"),
        "options": Client(**here, credentials=keys).with_options(max_attempts=1),
        "copy": copy.deepcopy(Client(**here, credentials=keys)),
    }


@PICKLERS
@pytest.mark.parametrize("place", sorted(secretive_clients()))
def test_f62_f65_no_secret_is_in_a_pickle(dumps: Callable[[object], bytes], place: str) -> None:
    client = secretive_clients()[place]
    pickled = dumps(client)
    again = dumps(pickle.loads(pickled))
    for text in (pickled, again):
        for secret in (SECRET.encode(), PASSWORD.encode()):
            forms = [secret, secret.hex().encode(), secret[:10], secret[-10:]]
            # Whatever stands before it, one of the three ways to cut it into bytes is this one.
            forms += [base64.b64encode(secret[at:])[1:12] for at in range(3)]
            assert [form for form in forms if form in text] == []


def test_f62_the_settings_go_along() -> None:
    class Text(str):
        """A text of a module that the other process doesn't have."""

    client = Client(
        region=Text("cn-north-4"),
        project_id="p",
        algorithm="V11-HMAC-SHA256",
        signing_region="cn-north-4",
        signing_service="metastudio",
        lenient=True,
        upload_host_suffixes=(text for text in [".example.com"]),
        proxy="http://user:password@localhost:1",
        connect_timeout=1,
        attempt_timeout=2.5,
    ).with_options(total_timeout=7, attempt_timeout=3)
    description: Any = client.__reduce__()[1]
    version, settings, credentials = description
    assert (version, credentials) == (1, None)
    assert settings == {
        "region": "cn-north-4",
        "project_id": "p",
        "algorithm": "V11-HMAC-SHA256",
        "signing_region": "cn-north-4",
        "signing_service": "metastudio",
        "lenient": True,
        "upload_host_suffixes": (".example.com",),
        "proxy": "http://localhost:1",
        "connect_timeout": 1,
        "attempt_timeout": 3,
        "total_timeout": 7,
    }
    assert type(settings["region"]) is str
    twin = pickle.loads(pickle.dumps(client))
    assert twin.__reduce__()[1] == description


def test_f62_a_pickle_of_an_older_version_is_read() -> None:
    client = pickle.loads(OF_0_1_0)
    assert repr(client) == "Client(endpoint='http://127.0.0.1:1', project_id='p')"
    assert pickle.dumps(client, 2) == OF_0_1_0


def test_f62_a_pickle_of_a_newer_version_is_refused() -> None:
    newer = OF_0_1_0.replace(b"q\x00K\x01", b"q\x00K\x02")
    with pytest.raises(pickle.UnpicklingError, match=r"form 2 .* newer .* up to 1: use the same"):
        pickle.loads(newer)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_f62_a_copy_shares_connections_and_credentials(
    emulator: Emulator, duplicate: Callable[[Client], Client]
) -> None:
    keys = Credentials(emulator.access_key, emulator.secret_key)
    with counting_proxy(emulator.url) as (url, connections):
        client = Client(endpoint=url, project_id=emulator.project_id, credentials=keys)
        twin = duplicate(client)
        for number, one in enumerate((client, twin, client)):
            name = f"{number}.mp4"
            one.create_file(name, file_size=1, file_md5=bytes(16), asset_id=name)
        assert len(connections) == 1
        client.close()
        twin.create_file("4.mp4", file_size=1, file_md5=bytes(16), asset_id="4")


def test_f62_what_cannot_be_pickled_says_so() -> None:
    here: dict[str, Any] = {"endpoint": "http://127.0.0.1:1", "project_id": "p"}
    lock = threading.Lock()

    def function() -> Credentials:
        with lock:
            return Credentials("access", SECRET)

    client = Client(**here, credentials=function, include_secrets=True)
    with pytest.raises((pickle.PicklingError, AttributeError), match="local object"):
        pickle.dumps(client)
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock'"):
        cloudpickle.dumps(client)
    client.close()
    with pytest.raises(metastudio.InvalidConfigError, match="the client was closed"):
        pickle.dumps(client)
