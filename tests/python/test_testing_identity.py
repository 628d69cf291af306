"""`metastudio.testing`: logins, and keys and tokens that change in mid-run."""

import json

import metastudio
import pytest
import requests
from metastudio.testing import Emulator


def log_in(emulator: Emulator, password: str | None = None) -> requests.Response:
    known = emulator.identity
    user = {
        "name": known["user_name"],
        "password": password or known["password"],
        "domain": {"name": known["domain_name"]},
    }
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"name": "eu-west-0"}}}}
    return requests.post(f"{emulator.url}/v3/auth/tokens", data=json.dumps(body), timeout=10)


def register(client: metastudio.Client, asset_id: str) -> str:
    created = client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id=asset_id)
    return created.file_id


def test_a_login_gives_a_token_for_the_client() -> None:
    with Emulator(region="eu-west-0") as emulator:
        answer = log_in(emulator)
        assert answer.status_code == 201
        client = emulator.client(token=answer.headers["X-Subject-Token"])
        assert register(client, "a1")
        emulator.expire_tokens()
        with pytest.raises(metastudio.AuthenticationError, match=r"APIGW\.0307"):
            register(client, "a2")


def test_a_lifetime_of_nothing_ends_at_once() -> None:
    with Emulator(region="eu-west-0", token_lifetime=0) as emulator:
        token = log_in(emulator).headers["X-Subject-Token"]
        with pytest.raises(metastudio.AuthenticationError, match=r"APIGW\.0307"):
            register(emulator.client(token=token), "a1")
    with pytest.raises(ValueError, match="token_lifetime is a number of seconds, 0 or more"):
        Emulator(token_lifetime=-1)
    with pytest.raises(ValueError, match="key_lifetime is a number of seconds, 0 or more"):
        Emulator(key_lifetime=float("nan"))


def test_a_key_goes_bad() -> None:
    with Emulator() as emulator:
        client = emulator.client()
        assert register(client, "a1")
        access_key = emulator.credentials.access_key
        assert emulator.set_secret_key(access_key, "another-secret")
        with pytest.raises(metastudio.AuthenticationError):
            register(client, "a2")
        other = metastudio.Credentials(access_key, "another-secret")
        assert register(emulator.client(credentials=other), "a3")
        assert emulator.revoke_key(access_key)
        assert not emulator.revoke_key(access_key)
        with pytest.raises(metastudio.AuthenticationError):
            register(emulator.client(credentials=other), "a4")


def test_a_password_changes_and_nothing_of_it_is_logged() -> None:
    with Emulator(region="eu-west-0") as emulator:
        emulator.set_password("canary-password")
        assert log_in(emulator).status_code == 401
        assert log_in(emulator, "canary-password").status_code == 201
        statuses = [(request["operation"], request["status"]) for request in emulator.requests()]
        assert statuses == [("create_token", 401), ("create_token", 201)]
        assert "canary" not in json.dumps(emulator.requests())


def test_an_unknown_word_is_refused_with_those_that_are_known() -> None:
    with Emulator() as emulator, pytest.raises(ValueError, match="v2_only, v1_only or no_agency"):
        emulator.set_metadata("v3")
