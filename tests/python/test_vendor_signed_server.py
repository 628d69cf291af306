"""The judge is judged: it agrees with the vendor's SDK and sees every change to a request."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from vendor_client import confirm, create, put, vendor_client
from vendor_oracle import vendor_sign
from vendor_signed_server import VendorSignedServer, vendor_signed_server
from vendor_verify import Keys, objection
from wire_server import WireRequest

KEYS = Keys("AccessKey", "SecretKey")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[VendorSignedServer]:
    with vendor_signed_server(KEYS) as running:
        yield running


def test_the_vendors_sdk_is_let_in(server: VendorSignedServer) -> None:
    client = vendor_client(server.url, KEYS.access_key, KEYS.secret_key, "p")
    created = create(client)
    assert put(created.upload_url).status_code == 200
    assert confirm(client, created.file_id, "CREATED").status_code == 200
    assert [exchange.objection for exchange in server.exchanges] == [None, None, None]
    assert server.files[created.file_id]["state"] == "CREATED"


def test_another_secret_key_is_kept_out(server: VendorSignedServer) -> None:
    client = vendor_client(server.url, KEYS.access_key, "another", "p")
    with pytest.raises(ClientRequestException) as caught:
        create(client)
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")
    assert server.files == {}


def test_credentials_and_other_content_do_not_get_into_the_object_store(
    server: VendorSignedServer,
) -> None:
    client = vendor_client(server.url, KEYS.access_key, KEYS.secret_key, "p")
    upload_url = create(client).upload_url
    assert put(upload_url, Authorization="x").status_code == 400
    assert put(upload_url, b"other").status_code == 400


def good() -> WireRequest:
    headers = {
        "content-type": "application/json",
        "host": "127.0.0.1:80",
        "x-project-id": "p",
        "x-sdk-date": NOW.strftime("%Y%m%dT%H%M%SZ"),
    }
    url, body = "http://127.0.0.1:80/v1/p/files?a=%20b", b'{"state":"CREATED"}'
    signed = vendor_sign(
        "POST", url, headers.items(), body, KEYS.access_key, KEYS.secret_key, add_host=False
    )
    headers["authorization"] = signed.authorization
    return WireRequest("POST", "/v1/p/files?a=%20b", headers, body)


def with_header(name: str, value: str | None) -> WireRequest:
    headers = dict(good().headers)
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    return replace(good(), headers=headers)


def test_the_request_that_the_mutations_start_from_is_good() -> None:
    assert objection(good(), KEYS, NOW) is None


@pytest.mark.parametrize(
    "mutated",
    [
        replace(good(), method="PUT"),
        replace(good(), target="/v1/q/files?a=%20b"),
        replace(good(), target="/v1/p/files?a=b"),
        replace(good(), body=b'{"state":"FAILED"}'),
        with_header("host", "127.0.0.1"),
        with_header("content-type", "application/json; charset=utf-8"),
        with_header("x-project-id", "q"),
        with_header("x-project-id", None),
        with_header("x-sdk-date", "20260102T030406Z"),
        with_header("x-app-userid", "sent but not signed"),
        with_header("x-security-token", "of nobody"),
        with_header("authorization", None),
        with_header(
            "authorization",
            good().headers["authorization"].replace("Access=Access", "Access=Other"),
        ),
        with_header("authorization", good().headers["authorization"][:-1] + "g"),
        with_header("authorization", good().headers["authorization"].replace("host;", "")),
    ],
)
def test_each_mutation_is_refused(mutated: WireRequest) -> None:
    assert objection(mutated, KEYS, NOW) is not None


def test_other_keys_and_another_time_are_refused() -> None:
    assert objection(good(), Keys("Other", "SecretKey"), NOW) is not None
    assert objection(good(), Keys("AccessKey", "Other"), NOW) is not None
    assert objection(good(), Keys("AccessKey", "SecretKey", "token"), NOW) is not None
    for minutes in (-16, 16):
        reason = objection(good(), KEYS, NOW + timedelta(minutes=minutes))
        assert reason is not None
        assert "signature expired" in reason
