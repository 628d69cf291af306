"""The package's `Signer` and the vendor's Python signer agree, byte for byte.

Where that signer does what no document says, test_vendor_quirks.py names it; the last tests here
show for two of them that the package, too, keeps to the documents.
"""

import pytest

from python_signer import DEFAULT, SM3, V11, Way, python_sign, vendors_signature
from request_generator import Request, requests
from sign_command import example
from vendor_oracle import vendor_sign

COUNT = 10_000
SEED = 20260103


@pytest.mark.parametrize("way", [DEFAULT, SM3, V11], ids=lambda way: way.algorithm)
def test_f19_ten_thousand_random_requests(way: Way) -> None:
    differ: list[tuple[Request, str, str]] = []
    checked = 0
    for request in requests(COUNT, SEED):
        ours = python_sign(request, way=way)["Authorization"]
        theirs = vendors_signature(request, way).authorization
        if ours != theirs:
            differ.append((request, ours, theirs))
        checked += 1
    assert checked == COUNT
    assert not differ, f"{len(differ)} of {COUNT} differ:\n" + "\n".join(map(str, differ[:3]))


def test_what_comes_back_is_what_the_vendor_adds() -> None:
    """Besides Authorization: Host and X-Sdk-Date, unless the request has its own."""
    for request in requests(500, SEED + 1):
        ours, theirs = python_sign(request), vendors_signature(request)
        given = {name.lower() for name, _ in request.headers}
        expected = {"authorization", "x-sdk-date"} | ({"host"} - given)
        assert {name.lower() for name in ours} == expected
        lowered = {name.lower(): value for name, value in theirs.headers.items()}
        assert {name: lowered[name.lower()] for name in ours} == ours


def test_a_body_that_is_not_json_is_signed_here_and_goes_unsigned_with_the_vendor() -> None:
    request = example(headers=[("Content-Type", "text/plain")], body=b"body")
    theirs = vendors_signature(request)
    assert theirs.headers["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    assert theirs.canonical_request.endswith("\nUNSIGNED-PAYLOAD")
    ours = python_sign(request)
    assert "X-Sdk-Content-Sha256" not in ours
    assert ours["Authorization"] != theirs.authorization
    # Who wants the vendor's way says so.
    told = [*request.headers, ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")]
    assert python_sign(request, told)["Authorization"] == theirs.authorization


def test_a_given_hash_is_that_of_the_algorithm() -> None:
    """SM3 has a header of its own; the one with SHA-256 is then a header like any other."""
    for name, stands_in in (("X-Sdk-Content-Sm3", True), ("X-Sdk-Content-Sha256", False)):
        request = example(headers=[(name, "UNSIGNED-PAYLOAD")], body=b"body")
        theirs = vendors_signature(request, SM3)
        assert theirs.canonical_request.endswith("\nUNSIGNED-PAYLOAD") == stands_in
        assert python_sign(request, way=SM3)["Authorization"] == theirs.authorization


def signed_by_vendor(request: Request, headers: list[tuple[str, str]]) -> str:
    keys = request.access_key, request.secret_key
    signed = vendor_sign(request.method, request.url, headers, request.body, *keys, request.date)
    return signed.authorization


def test_a_header_that_comes_twice_is_signed_with_both_values_here() -> None:
    """The vendor's takes a dictionary and lists the name twice with the last value (3.3)."""
    twice = [("X-A", "2"), ("x-a", "1")]
    request = example(headers=twice)
    assert ";x-a;x-a;" in signed_by_vendor(request, twice)
    ours = python_sign(request)["Authorization"]
    assert "SignedHeaders=host;x-a;x-sdk-date" in ours
    assert ours == python_sign(request, twice[::-1])["Authorization"]
    assert ours != python_sign(request, {"x-a": "1"})["Authorization"]


def test_an_empty_path_is_signed_here_and_an_index_error_with_the_vendor() -> None:
    request = example("https://example.com")
    with pytest.raises(IndexError):
        vendors_signature(request)
    with_slash = vendors_signature(example("https://example.com/")).authorization
    assert python_sign(request)["Authorization"] == with_slash
