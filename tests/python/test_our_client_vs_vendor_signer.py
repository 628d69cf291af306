"""What our client sends is signed as the vendor's signer signs it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from command import (
    ACCESS_KEY,
    AUTHENTICATION,
    DONE,
    PROJECT_ID,
    SECRET_KEY,
    SECURITY_TOKEN,
    Metastudio,
    Result,
)
from vendor_client import ASSET_ID, CONTENT
from vendor_signed_server import VendorSignedServer, vendor_signed_server
from vendor_verify import Keys

PROJECT = "6a6a1f8354f64dd9b9a614def7b59d83"
PERMANENT = Keys("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")
TEMPORARY = replace(PERMANENT, security_token="gQpjbi1ub3J0aC00" * 40)


@dataclass(frozen=True)
class Setup:
    """Our command, and the server that it is pointed at."""

    metastudio: Metastudio
    server: VendorSignedServer
    keys: Keys

    def run(self, *args: str) -> Result:
        env = {ACCESS_KEY: self.keys.access_key, SECRET_KEY: self.keys.secret_key}
        if self.keys.security_token is not None:
            env[SECURITY_TOKEN] = self.keys.security_token
        # The project may come from the environment or from an option: upload shows the latter.
        if "--project-id" not in args:
            env[PROJECT_ID] = PROJECT
        return self.metastudio.run(*args, "--endpoint", self.server.url, "--json", env=env)

    def upload(self, *options: str) -> Result:
        file = self.metastudio.home / "clip.mp4"
        file.write_bytes(CONTENT)
        return self.run(
            "upload", str(file), "--asset-id", ASSET_ID, "--project-id", PROJECT, *options
        )

    def sent(self, name: str) -> list[str | None]:
        """Values of a header in the calls of the API, in their order."""
        calls = [e.request for e in self.server.exchanges if e.request.method != "PUT"]
        return [call.headers.get(name) for call in calls]


@contextmanager
def setup(metastudio: Metastudio, server_keys: Keys, client_keys: Keys) -> Iterator[Setup]:
    with vendor_signed_server(server_keys) as server:
        yield Setup(metastudio, server, client_keys)


@pytest.fixture(params=[PERMANENT, TEMPORARY], ids=["permanent", "temporary"])
def agreed(metastudio: Metastudio, request: pytest.FixtureRequest) -> Iterator[Setup]:
    with setup(metastudio, request.param, request.param) as both:
        yield both


def assert_agreed(agreed: Setup, methods: list[str]) -> None:
    exchanges = agreed.server.exchanges
    assert [exchange.objection for exchange in exchanges] == [None] * len(methods)
    assert [exchange.request.method for exchange in exchanges] == methods


@pytest.mark.parametrize("user", [None, "tester-01"])
def test_upload(agreed: Setup, user: str | None) -> None:
    result = agreed.upload(*(["--app-user-id", user] if user else []))
    assert_agreed(agreed, ["POST", "PUT", "POST"])
    assert result.code == DONE, result
    [(file_id, file)] = agreed.server.files.items()
    assert result.json()["file_id"] == file_id
    assert (file["state"], file["content_type"]) == ("CREATED", "video/mp4")
    assert (file["file_size"], file["asset_id"]) == (len(CONTENT), ASSET_ID)
    assert agreed.sent("x-app-userid") == [user, user]
    assert agreed.sent("x-project-id") == [PROJECT, PROJECT]


@pytest.mark.parametrize("state", ["CREATED", "FAILED", "CANCELLED"])
def test_confirm(agreed: Setup, state: str) -> None:
    agreed.server.files["24bad716-87b1-45e5-8912-6102f7693265"] = {"state": "CREATING"}
    result = agreed.run("confirm", "24bad716-87b1-45e5-8912-6102f7693265", "--state", state)
    assert_agreed(agreed, ["POST"])
    assert result.code == DONE, result
    assert agreed.server.files["24bad716-87b1-45e5-8912-6102f7693265"]["state"] == state
    assert result.json()["request_id"]


def test_few_headers_are_signed(agreed: Setup) -> None:
    """A proxy that rewrites any other header must not break the signature."""
    assert agreed.upload("--app-user-id", "tester-01").code == DONE
    expected = ["content-type", "host", "x-app-userid", "x-project-id", "x-sdk-date"]
    if agreed.keys.security_token:
        expected = sorted([*expected, "x-security-token"])
    for authorization in agreed.sent("authorization"):
        assert authorization is not None
        listed = re.search("SignedHeaders=([^,]+)", authorization)
        assert listed is not None
        assert listed[1].split(";") == expected


def test_another_secret_key_is_refused_and_not_tried_again(metastudio: Metastudio) -> None:
    wrong = replace(PERMANENT, secret_key="x" * 40)
    with setup(metastudio, PERMANENT, wrong) as both:
        result = both.upload()
        assert result.code == AUTHENTICATION, result
        [exchange] = both.server.exchanges
        assert exchange.status == 401
        assert "APIGW.0301" in result.stdout + result.stderr
        assert wrong.secret_key not in result.stdout + result.stderr
        assert both.server.files == {}
