"""Every vector, through the package's `Signer`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from metastudio import Credentials, Signer

from python_signer import Way, moment
from test_vectors import METASTUDIO, SIGNING, name_of
from vendor_oracle import vendor_sign

# Six published requests have no Host header. This `Signer` adds one, since HTTP/1.1 sends one; the
# tests of the crate `mss-core` hold these as they were published.
HOSTLESS = [case for case in SIGNING if all(name.lower() != "host" for name, _ in case["headers"])]


def way_of(case: Mapping[str, Any]) -> Way:
    """What the case says; those of MetaStudio say it in `authorization`, if at all."""
    if "algorithm" in case:
        return Way(case["algorithm"], case["region"], case["service"])
    algorithm, _, rest = case.get("authorization", "SDK-HMAC-SHA256").partition(" ")
    return Way(algorithm, *rest.split(",")[0].split("/")[2:])


def sign(case: Mapping[str, Any], url: str, headers: Mapping[str, str]) -> dict[str, str]:
    keys, way = Credentials(case["access_key"], case["secret_key"]), way_of(case)
    signer = Signer(keys, algorithm=way.algorithm, region=way.region, service=way.service)
    body, date = case["body"].encode(), moment(case["date"])
    return signer.sign(case["method"], url, headers, body, date=date)


def url_of(case: Mapping[str, Any]) -> str:
    query = urlencode([(name, value) for name, value in case["query"]], quote_via=quote)
    return f"https://{case['host']}{case['path']}" + (f"?{query}" if query else "")


@pytest.mark.parametrize("case", [c for c in SIGNING if c not in HOSTLESS], ids=name_of)
def test_published_vectors(case: dict[str, Any]) -> None:
    signed = sign(case, url_of(case), dict(case["headers"]))
    assert signed == {"Authorization": case["authorization"]}


@pytest.mark.parametrize("case", HOSTLESS, ids=name_of)
def test_published_vectors_without_a_host_as_they_would_be_sent(case: dict[str, Any]) -> None:
    url, headers, keys = url_of(case), case["headers"], (case["access_key"], case["secret_key"])
    scope = {name: case[name] for name in ("algorithm", "region", "service")}
    theirs = vendor_sign(case["method"], url, headers, case["body"].encode(), *keys, **scope)
    assert theirs.signed_headers == ["host", "x-sdk-date"]
    expected = {"Host": case["host"], "Authorization": theirs.authorization}
    assert sign(case, url, dict(headers)) == expected


@pytest.mark.parametrize("case", [c for c in METASTUDIO if "authorization" in c], ids=name_of)
def test_vectors_of_the_vendors_sdk(case: dict[str, Any]) -> None:
    lines = case["canonical_request"].split("\n")
    headers = dict(line.split(":", 1) for line in lines[3 : lines.index("", 3)])
    assert sign(case, case["url"], headers) == {"Authorization": case["authorization"]}


@pytest.mark.parametrize("case", [c for c in METASTUDIO if "signature" in c], ids=name_of)
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
    assert (len(HOSTLESS), len(SIGNING), len(METASTUDIO)) == (6, 27, 13)
    algorithms = {way_of(case).algorithm for case in SIGNING + METASTUDIO}
    assert algorithms == {"SDK-HMAC-SHA256", "SDK-HMAC-SM3", "V11-HMAC-SHA256"}
