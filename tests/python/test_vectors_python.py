"""Every SDK-HMAC-SHA256 vector, through the package's `Signer`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from metastudio import Credentials, Signer

from python_signer import moment
from test_vectors import METASTUDIO, SIGNING, name_of
from vendor_oracle import vendor_sign

ALGORITHM = "SDK-HMAC-SHA256"
PUBLISHED = [case for case in SIGNING if case["algorithm"] == ALGORITHM]
# Two published requests have no Host header. This `Signer` adds one, since HTTP/1.1 sends one; the
# tests of the crate `mss-core` hold these two as they were published.
HOSTLESS = [
    case for case in PUBLISHED if all(name.lower() != "host" for name, _ in case["headers"])
]
OURS = [case for case in METASTUDIO if case.get("authorization", ALGORITHM).startswith(ALGORITHM)]


def sign(case: Mapping[str, Any], url: str, headers: Mapping[str, str]) -> dict[str, str]:
    signer = Signer(Credentials(case["access_key"], case["secret_key"]))
    body, date = case["body"].encode(), moment(case["date"])
    return signer.sign(case["method"], url, headers, body, date=date)


def url_of(case: Mapping[str, Any]) -> str:
    query = urlencode([(name, value) for name, value in case["query"]], quote_via=quote)
    return f"https://{case['host']}{case['path']}" + (f"?{query}" if query else "")


@pytest.mark.parametrize("case", [c for c in PUBLISHED if c not in HOSTLESS], ids=name_of)
def test_published_vectors(case: dict[str, Any]) -> None:
    signed = sign(case, url_of(case), dict(case["headers"]))
    assert signed == {"Authorization": case["authorization"]}


@pytest.mark.parametrize("case", HOSTLESS, ids=name_of)
def test_published_vectors_without_a_host_as_they_would_be_sent(case: dict[str, Any]) -> None:
    url, headers, keys = url_of(case), case["headers"], (case["access_key"], case["secret_key"])
    theirs = vendor_sign(case["method"], url, headers, case["body"].encode(), *keys)
    assert theirs.signed_headers == ["host", "x-sdk-date"]
    expected = {"Host": case["host"], "Authorization": theirs.authorization}
    assert sign(case, url, dict(headers)) == expected


@pytest.mark.parametrize("case", [c for c in OURS if "authorization" in c], ids=name_of)
def test_vectors_of_the_vendors_sdk(case: dict[str, Any]) -> None:
    lines = case["canonical_request"].split("\n")
    headers = dict(line.split(":", 1) for line in lines[3 : lines.index("", 3)])
    assert sign(case, case["url"], headers) == {"Authorization": case["authorization"]}


@pytest.mark.parametrize("case", [c for c in OURS if "signature" in c], ids=name_of)
def test_vectors_with_few_headers(case: dict[str, Any]) -> None:
    _, _, host, _, project_id, *_ = case["url"].split("/")
    known = {"content-type": "application/json", "x-project-id": project_id}
    added = {"host", "x-sdk-date"}
    given = {n: known[n] for n in case["signed_headers"].split(";") if n not in added}
    signed = sign(case, case["url"], given)
    assert (signed["Host"], signed["X-Sdk-Date"]) == (host, case["date"])
    assert signed["Authorization"].endswith(
        f"SignedHeaders={case['signed_headers']}, Signature={case['signature']}"
    )


def test_no_vector_is_left_out() -> None:
    assert (len(PUBLISHED), len(HOSTLESS), len(SIGNING)) == (11, 2, 27)
    assert (len(OURS), len(METASTUDIO)) == (11, 13)
    other = {c["algorithm"] for c in SIGNING} - {ALGORITHM}
    assert other == {"SDK-HMAC-SM3", "V11-HMAC-SHA256"}
