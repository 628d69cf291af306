"""A signature or a token goes where it was meant to go, and nowhere else."""

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from metastudio import Credentials, CredentialsError, InvalidInputError, Signer

from http_clients import CALLERS, Caller
from judging_server import JudgingServer, judging_server
from vendor_verify import Keys

TOKEN = "planted-token-0123456789" * 5
KEYS = Keys("AccessKey", "planted-secret-key", TOKEN)
PAIR = Credentials(KEYS.access_key, KEYS.secret_key, security_token=TOKEN)
PROOF = ("authorization", "x-sdk-date", "x-security-token", "x-auth-token")


@pytest.fixture
def here() -> Iterator[JudgingServer]:
    with judging_server(KEYS) as running:
        yield running


@pytest.fixture
def there() -> Iterator[JudgingServer]:
    with judging_server(KEYS) as running:
        yield running


@pytest.fixture(params=CALLERS, ids=str)
def caller(request: pytest.FixtureRequest) -> Caller:
    assert isinstance(request.param, Caller)
    return request.param


def both(caller: Caller, **options: Any) -> list[Any]:
    return [caller.auth(PAIR, **options), caller.token_auth(TOKEN, **options)]


def host(server: JudgingServer) -> str:
    return server.url.removeprefix("http://")


def proofs(server: JudgingServer) -> list[list[str]]:
    """The names of what each request brought to prove who sent it."""
    return [[name for name in PROOF if name in it.headers] for it in server.requests]


def test_the_first_host_is_the_only_one(
    caller: Caller, here: JudgingServer, there: JudgingServer
) -> None:
    for auth in both(caller):
        caller.call(auth, "GET", here.url)
        caller.call(auth, "GET", here.url.replace("http://", "http://user:word@"))
        problem = f"the first request went to {host(here)}, this one goes to {host(there)}"
        with pytest.raises(InvalidInputError, match=problem) as caught:
            caller.call(auth, "GET", there.url)
        assert (caught.value.outcome, caught.value.kind) == ("not_applied", "invalid_input")
        with pytest.raises(InvalidInputError, match="name both in hosts to allow it"):
            caller.call(auth, "GET", here.url.replace("127.0.0.1", "localhost"))
    assert len(here.requests) == 4
    assert there.requests == []


def test_hosts_allows_others(caller: Caller, here: JudgingServer, there: JudgingServer) -> None:
    for auth in both(caller, hosts=[host(here).upper(), host(there)]):
        for server in (there, here):
            caller.call(auth, "GET", server.url)
        with pytest.raises(InvalidInputError, match="localhost:1 is not among hosts"):
            caller.call(auth, "GET", "http://localhost:1/")
    assert [len(proof) for proof in proofs(here) + proofs(there)] == [3, 1, 3, 1]


@pytest.mark.parametrize(
    ("url", "hosts", "problem"),
    [
        ("http://example.com/", None, "plain http would show it"),
        ("https://example.com/", [], "example.com is not among hosts"),
        ("https://example.com:8443/", ["example.com"], "example.com:8443 is not among hosts"),
        ("https://evil-example.com/", [".example.com"], "is not among hosts"),
        ("https://example.com/", [".example.com"], "is not among hosts"),
        ("https://example.com.evil.test/", ["example.com", ".example.com"], "is not among hosts"),
        ("https://example.com@evil.test/", ["example.com"], "evil.test is not among hosts"),
        ("https://[::1]:1/", ["::1"], r"\[::1\]:1 is not among hosts"),
    ],
)
def test_who_is_not_meant_sees_nothing(
    caller: Caller, url: str, hosts: list[str] | None, problem: str
) -> None:
    for auth in both(caller, hosts=hosts):
        with pytest.raises(InvalidInputError, match=problem):
            caller.call(auth, "GET", url)


def test_default_ports_and_domains_are_understood() -> None:
    request = requests.Request("GET", "https://a.example.com:443/")
    for hosts in (["a.example.com"], [".example.com"], ["A.Example.Com"]):
        request.auth = CALLERS[0].auth(PAIR, hosts=hosts)
        # http.client leaves the usual port out of the header, so the signature has to.
        assert request.prepare().headers["Host"] == "a.example.com"
    request.url = "http://example.com/"
    request.auth = CALLERS[0].auth(PAIR, allow_http=True)
    assert "Authorization" in request.prepare().headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_followed_without_a_proof(
    caller: Caller, here: JudgingServer, there: JudgingServer, status: int, method: str
) -> None:
    here.moved = {
        "/other-host": (status, f"{there.url}/landing"),
        "/same-host": (status, "/landing"),
        "/twice": (status, "/other-host"),
    }
    body = b"{}" if method == "POST" else None
    for auth in both(caller):
        for target, hops in (("/other-host", 2), ("/same-host", 2), ("/twice", 3)):
            start = len(here.requests)
            url = here.url + target
            answer = caller.call(auth, method, url, body=body, follow=True)
            assert len(answer.sent) == hops
            # Both what arrived and what the client says was sent.
            assert proofs(here)[start] != []
            assert all(proof == [] for proof in proofs(here)[start + 1 :])
            shown = [[name for name in PROOF if name in headers] for headers in answer.sent]
            assert shown == [proofs(here)[start], *[[]] * (hops - 1)]
    assert len(there.requests) == 4
    assert all(proof == [] for proof in proofs(there))
    assert {it.headers["host"] for it in there.requests} == {host(there)}
    assert all(reason is None for reason in here.objections[:1])


def test_a_redirect_that_is_not_followed_shows_what_was_sent(
    caller: Caller, here: JudgingServer
) -> None:
    here.moved = {"/": (302, "http://127.0.0.1:1/")}
    for auth in both(caller):
        answer = caller.call(auth, "GET", f"{here.url}/")
        assert answer.status == 302
        assert [name for name in PROOF if name in answer.sent[0]] == proofs(here)[-1]


def test_the_next_request_carries_no_proof(here: JudgingServer) -> None:
    here.moved = {"/": (302, "http://127.0.0.1:1/x")}
    answer = requests.get(
        f"{here.url}/", auth=both(CALLERS[0])[1], allow_redirects=False, timeout=9
    )
    assert answer.next is not None
    assert not [name for name in PROOF if name in answer.next.headers]


def test_a_plain_proxy_is_no_redirect(
    caller: Caller, here: JudgingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for the whole address; the signature stays on."""
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", here.url)
    monkeypatch.setenv("http_proxy", here.url)
    for auth in both(caller, allow_http=True):
        caller.call(auth, "GET", "http://metastudio.example.com/v1/p?a=1")
    assert [it.target for it in here.requests] == ["http://metastudio.example.com/v1/p?a=1"] * 2
    assert [len(proof) for proof in proofs(here)] == [3, 1]


def test_no_secret_is_shown_or_pickled(caller: Caller) -> None:
    for auth in both(caller):
        shown = f"{auth!r} {auth} {vars(auth)} {[vars(it) for it in vars(auth).values()]}"
        assert "planted" not in shown
        for take in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="holds a secret and can't be pickled"):
                take(auth)


def test_options_that_can_not_be_right(caller: Caller) -> None:
    for wrong in ("AK", None, 1, ("AK", "SK")):
        with pytest.raises(TypeError, match="credentials must be "):
            caller.auth(wrong)
    with pytest.raises(InvalidInputError, match="a Signer has its own"):
        caller.auth(Signer(PAIR), algorithm="SDK-HMAC-SM3")
    with pytest.raises(InvalidInputError, match="algorithm must be "):
        caller.auth(PAIR, algorithm="none")
    with pytest.raises(InvalidInputError, match="project_id may only hold"):
        caller.auth(PAIR, project_id="a\r\nb")
    with pytest.raises(TypeError, match="hosts must be a list"):
        caller.auth(PAIR, hosts="example.com")
    with pytest.raises(TypeError, match="token must be str, Token or a callable, not bytes"):
        caller.token_auth(b"token")
    for bad in ("", "planted\r\nX: y", "plantéd"):
        with pytest.raises(CredentialsError, match="token") as caught:
            caller.call(caller.token_auth(lambda bad=bad: bad), "GET", "https://127.0.0.1:1/")
        assert "plant" not in str(caught.value)
        with pytest.raises(CredentialsError, match="token"):
            caller.token_auth(bad)
