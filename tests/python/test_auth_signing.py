"""What `metastudio.auth` signs is what the HTTP client sends: the vendor's signer agrees."""

import asyncio
import io
import re
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from metastudio import Credentials, CredentialSource, InvalidInputError, Signer, Token
from metastudio.auth import HttpxAuth, RequestsAuth
from metastudio.testing import Emulator

from http_clients import CALLERS, Caller
from judging_server import JudgingServer, judging_server
from vendor_oracle import vendor_sign
from vendor_verify import Keys

KEYS = Keys("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")
PAIR = Credentials(KEYS.access_key, KEYS.secret_key)
TOKEN = "security-token-0123456789" * 20
MiB = 1 << 20


@pytest.fixture
def server() -> Iterator[JudgingServer]:
    with judging_server(KEYS) as running:
        yield running


@pytest.fixture(params=CALLERS, ids=str)
def caller(request: pytest.FixtureRequest) -> Caller:
    assert isinstance(request.param, Caller)
    return request.param


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        "/v1/p/digital-assets?limit=10&offset=0",
        "/v1/p/jobs?b=2&a=1&a=0&B=x&empty=&c",
        "/v1/a%20b/c%2Fd/%E6%96%87?q=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29",
        "/v1/a b/文件?q=文 1",
        "/v1/%7Ea/%2e%2E/x//y/?q=a+b&r=%2B",
        "/v1/100%/x?y=50%",
        "/v1/a:b@c,d;e=f!$&'()*/g?h=i/j?k:l@m",
        "/v1/p#fragment",
    ],
)
def test_any_address_arrives_as_it_was_signed(
    server: JudgingServer, caller: Caller, target: str
) -> None:
    answer = caller.call(caller.auth(PAIR, project_id="p"), "GET", server.url + target)
    assert (answer.status, server.objections) == (200, [None])
    assert server.requests[0].headers["x-project-id"] == "p"


def test_parameters_keep_the_order_in_which_they_go(server: JudgingServer, caller: Caller) -> None:
    query = [("b", "2"), ("a", "é &="), ("b", "1"), ("a", "")]
    url = f"{server.url}/v1/p/x"
    assert caller.call(caller.auth(PAIR), "GET", url, params=query).status == 200
    assert server.requests[0].target.index("b=2") < server.requests[0].target.index("b=1")


def bodies(tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "body.json"
    file.write_bytes(b'{"from": "a file"}')
    read_on = file.open("rb")
    read_on.read(2)
    return {
        "nothing": None,
        "empty": b"",
        "bytes": b'{"state":"CREATED"}',
        "text": '{"name":"文é"}',
        "all bytes": bytes(range(256)),
        "file": file.open("rb"),
        "file, from where it is": read_on,
        "memory": io.BytesIO(b"in memory"),
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_any_body_arrives_as_it_was_signed(
    server: JudgingServer, caller: Caller, method: str, tmp_path: Path
) -> None:
    auth, arrived = caller.auth(PAIR), {}
    given = bodies(tmp_path)
    if caller.name != "requests":
        # httpx itself takes the whole file's length for that of the rest.
        del given["file, from where it is"]
    for name, body in given.items():
        answer = caller.call(
            auth, method, f"{server.url}/v1", body=body, headers={"Content-Type": "a/b"}
        )
        assert (answer.status, server.objections[-1]) == (200, None), name
        arrived[name] = server.requests[-1].body
    assert arrived["text"] == '{"name":"文é"}'.encode()
    assert arrived["file"] == b'{"from": "a file"}'
    assert arrived.get("file, from where it is", b'from": "a file"}') == b'from": "a file"}'


def test_json_and_forms(server: JudgingServer, caller: Caller) -> None:
    auth, url = caller.auth(PAIR, project_id="p"), f"{server.url}/v1"
    files = {"file": ("a.bin", bytes(range(256)), "application/octet-stream")}
    assert caller.call(auth, "POST", url, json={"a": "é", "b": [1, None]}).status == 200
    assert caller.call(auth, "POST", url, files=files).status == 200
    assert [len(request.body) > 10 for request in server.requests] == [True, True]


def generator() -> Iterator[bytes]:
    yield b"piece"


async def async_generator() -> AsyncIterator[bytes]:
    yield b"piece"


def test_a_stream_is_refused_before_anything_is_sent(
    server: JudgingServer, caller: Caller, tmp_path: Path
) -> None:
    stream = async_generator() if caller.name == "httpx-async" else generator()
    unknown = re.escape("a stream of unknown length can't be signed, for its hash goes ahead of it")
    with pytest.raises(InvalidInputError, match=unknown):
        caller.call(caller.auth(PAIR), "POST", server.url, body=stream)
    with (tmp_path / "long").open("w+b") as long:
        long.truncate(16 * MiB + 1)
        with pytest.raises(InvalidInputError, match=f"a file above {16 * MiB} bytes can't be sign"):
            caller.call(caller.auth(PAIR), "POST", server.url, body=long)
        assert long.tell() == 0
    assert server.requests == []


def test_few_headers_are_signed(server: JudgingServer, caller: Caller) -> None:
    """A proxy that rewrites any other header must not break the signature."""
    headers = {
        "X-App-UserId": "tester-01",
        "Content-Type": "application/json",
        "X-Forwarded-For": "::1",
        "X-Request-Id": "mine",
    }
    auth = caller.auth(PAIR, project_id="p")
    assert caller.call(auth, "POST", server.url, headers=headers, body=b"{}").status == 200
    signed = re.search("SignedHeaders=([^,]+)", server.requests[0].headers["authorization"])
    assert signed is not None
    assert signed[1] == "content-type;host;x-app-userid;x-project-id;x-sdk-date"


def test_a_header_of_the_request_goes_before_the_option(
    server: JudgingServer, caller: Caller
) -> None:
    auth = caller.auth(PAIR, project_id="option")
    headers = {"x-project-id": "own", "Host": "gateway.example.com"}
    assert caller.call(auth, "GET", server.url, headers=headers).status == 200
    sent = server.requests[0].headers
    assert (sent["x-project-id"], sent["host"]) == ("own", "gateway.example.com")


def test_temporary_keys_send_their_token(caller: Caller) -> None:
    pair = Credentials(KEYS.access_key, KEYS.secret_key, security_token=TOKEN)
    with judging_server(Keys(KEYS.access_key, KEYS.secret_key, TOKEN)) as server:
        assert caller.call(caller.auth(pair), "GET", server.url).status == 200


def test_keys_can_be_asked_for_each_time(server: JudgingServer, caller: Caller) -> None:
    given = iter([PAIR, Signer(PAIR), Credentials(KEYS.access_key, "other")])
    auth = caller.auth(lambda: next(given), project_id="p")
    assert [caller.call(auth, "GET", server.url).status for _ in range(3)] == [200, 200, 401]
    for keys in (Signer(PAIR), CredentialSource.callback(lambda: PAIR)):
        assert caller.call(caller.auth(keys), "GET", server.url).status == 200


def test_a_source_may_have_a_token(caller: Caller) -> None:
    with Emulator() as emulator:
        url = f"{emulator.url}/v1/{emulator.project_id}/digital-assets/unknown"
        token = Token(emulator.token)
        for keys in (token, CredentialSource.callback(lambda: token)):
            auth = caller.auth(keys, project_id=emulator.project_id)
            assert caller.call(auth, "GET", url).status == 404
        assert caller.call(caller.token_auth(token), "GET", url).status == 404
        assert caller.call(caller.token_auth(lambda: token), "GET", url).status == 404


def test_what_is_asked_holds_up_no_event_loop(server: JudgingServer) -> None:
    async def both() -> int:
        asked, go_on = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def slow() -> Credentials:
            loop.call_soon_threadsafe(asked.set)
            assert go_on.wait(30)
            return PAIR

        async with httpx.AsyncClient(auth=HttpxAuth(slow)) as client:
            call = asyncio.create_task(client.get(server.url))
            await asked.wait()
            go_on.set()
            return (await call).status_code

    assert asyncio.run(both()) == 200


@pytest.mark.parametrize(
    "options",
    [
        {"algorithm": "SDK-HMAC-SM3"},
        {"algorithm": "V11-HMAC-SHA256", "region": "cn-north-4", "service": "metastudio"},
    ],
    ids=lambda options: options["algorithm"],
)
def test_other_algorithms(server: JudgingServer, caller: Caller, options: dict[str, str]) -> None:
    auth = caller.auth(PAIR, project_id="p", **options)
    body = b'{"a":1}'
    caller.call(auth, "POST", f"{server.url}/v1/p?b=2&a=1", body=body)
    [request] = server.requests
    listed = re.search("SignedHeaders=([^,]+)", request.headers["authorization"])
    assert listed is not None
    vendors = vendor_sign(
        request.method,
        f"http://{request.headers['host']}{request.target}",
        [(name, request.headers[name]) for name in listed[1].split(";")],
        request.body,
        KEYS.access_key,
        KEYS.secret_key,
        add_host=False,
        **options,
    )
    assert request.headers["authorization"] == vendors.authorization


def test_our_emulator_agrees(caller: Caller) -> None:
    with Emulator() as emulator:
        url = f"{emulator.url}/v1/{emulator.project_id}/digital-assets"
        body = {"asset_name": "Clip", "asset_type": "VIDEO"}
        auth = caller.auth(emulator.credentials, project_id=emulator.project_id)
        assert caller.call(auth, "POST", url, json=body).status == 200
        token = caller.token_auth(emulator.token)
        assert caller.call(token, "POST", url, json=body).status == 200
        assert caller.call(caller.token_auth(lambda: "wrong"), "POST", url, json=body).status == 401
        assert caller.call(None, "POST", url, json=body).status == 401
        assert [asset["asset_name"] for asset in emulator.assets()] == ["Clip", "Clip"]


def test_a_request_that_is_sent_again_is_signed_again(server: JudgingServer) -> None:
    other = Keys("OtherAccessKey", "OtherSecretKey", TOKEN)
    pairs = [Credentials(other.access_key, other.secret_key, security_token=TOKEN), PAIR]
    auth = HttpxAuth(lambda: pairs.pop(0))
    with httpx.Client() as client:
        request = client.build_request("POST", server.url, content=b"{}")
        request.extensions["trace"] = lambda event, _info: events.append(event)
        events: list[str] = []
        assert client.send(request, auth=auth).status_code == 401
        assert client.send(request, auth=auth).status_code == 200
    assert "x-security-token" in server.requests[0].headers
    assert "x-security-token" not in server.requests[1].headers
    # The caller's own look at the connection goes on, once for each request.
    assert events.count("http11.send_request_headers.started") == 2


def test_a_prepared_request_is_signed_again(server: JudgingServer) -> None:
    prepared = requests.Request("POST", server.url, data=b"{}").prepare()
    with requests.Session() as session:
        for keys in (Credentials("Other", "Other", security_token=TOKEN), PAIR):
            prepared.prepare_auth(RequestsAuth(keys))
            session.send(prepared, timeout=30)
    assert [reason is None for reason in server.objections] == [False, True]
    assert prepared.hooks["response"] == prepared.hooks["response"][:1]
