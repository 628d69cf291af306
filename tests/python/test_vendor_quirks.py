"""Where the vendor's Python signer does what no document says, and what we do instead.

Each test shows both sides, so a new release of the vendor's SDK that changes its ways is seen.
"""

import hashlib
from pathlib import Path

import pytest

from command import Metastudio
from request_generator import Request
from sign_command import OurSignature, example, our_sign
from vendor_oracle import VendorSignature, vendor_sign

EMPTY_HASH = hashlib.sha256(b"").hexdigest()


@pytest.fixture(name="both")
def fixture_both(metastudio: Metastudio, tmp_path: Path) -> "Both":
    return Both(metastudio, tmp_path / "body")


class Both:
    """One request, signed by both."""

    def __init__(self, metastudio: Metastudio, body_file: Path) -> None:
        self._metastudio = metastudio
        self._body_file = body_file

    def sign(self, request: Request) -> tuple[OurSignature, VendorSignature]:
        return self.ours(request), self.vendors(request)

    def ours(self, request: Request) -> OurSignature:
        return our_sign(self._metastudio, request, self._body_file)

    def vendors(self, request: Request) -> VendorSignature:
        return vendor_sign(
            request.method,
            request.url,
            request.headers,
            request.body,
            request.access_key,
            request.secret_key,
            request.date,
        )


def line(signature: OurSignature | VendorSignature, number: int) -> str:
    return signature.canonical_request.split("\n")[number]


def headers(signature: OurSignature | VendorSignature) -> list[str]:
    lines = signature.canonical_request.split("\n")
    return lines[3 : lines.index("", 3)]


def names(signature: OurSignature | VendorSignature) -> str:
    return line(signature, -2)


def test_a_body_that_is_not_json_goes_unsigned_with_the_vendor(both: Both) -> None:
    text = example(headers=[("Content-Type", "text/plain")], body=b"body")
    ours, theirs = both.sign(text)
    assert theirs.headers["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    assert line(theirs, -1) == "UNSIGNED-PAYLOAD"
    assert "x-sdk-content-sha256" not in names(ours)
    assert line(ours, -1) == hashlib.sha256(b"body").hexdigest()

    # The vendor compares the name and the value letter by letter, and only at the start.
    for name, value, unsigned in [
        ("Content-Type", "Application/JSON", True),
        ("content-type", "text/plain", False),
        ("Content-Type", "application/json-patch+json", False),
    ]:
        ours, theirs = both.sign(example(headers=[(name, value)], body=b"body"))
        assert (line(theirs, -1) == "UNSIGNED-PAYLOAD") == unsigned
        assert line(ours, -1) == hashlib.sha256(b"body").hexdigest()


def test_a_given_content_hash_is_ignored_by_the_vendor_when_the_body_is_empty(both: Both) -> None:
    given = ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")
    ours, theirs = both.sign(example(headers=[given]))
    assert line(theirs, -1) == EMPTY_HASH
    assert line(ours, -1) == "UNSIGNED-PAYLOAD"
    ours, theirs = both.sign(example(headers=[given], body=b"body"))
    assert line(theirs, -1) == line(ours, -1) == "UNSIGNED-PAYLOAD"


def test_escapes_that_are_not_utf8_become_replacement_characters_with_the_vendor(
    both: Both,
) -> None:
    ours, theirs = both.sign(example("https://example.com/a%ff%C3?q"))
    assert line(theirs, 1) == "/a%EF%BF%BD%EF%BF%BD/"
    assert line(ours, 1) == "/a%FF%C3/"


def test_a_name_in_two_spellings_is_listed_twice_with_the_last_value_by_the_vendor(
    both: Both,
) -> None:
    ours, theirs = both.sign(example(headers=[("X-A", "2"), ("x-a", "1")]))
    assert names(theirs) == "host;x-a;x-a;x-sdk-date"
    assert headers(theirs)[1:3] == ["x-a:1", "x-a:1"]
    assert names(ours) == "host;x-a;x-sdk-date"
    assert headers(ours)[1:3] == ["x-a:1", "x-a:2"]


def test_more_than_blanks_is_trimmed_by_the_vendor(both: Both) -> None:
    wide = "\u3000wide\u00a0"
    ours, theirs = both.sign(example(headers=[("X-A", f" {wide}\t")]))
    assert headers(theirs)[1] == "x-a:wide"
    assert headers(ours)[1] == f"x-a:{wide}"


def test_an_empty_path_is_an_index_error_with_the_vendor(both: Both) -> None:
    request = example("https://example.com")
    with pytest.raises(IndexError):
        both.vendors(request)
    ours = both.ours(request)
    assert line(ours, 1) == "/"
    assert ours.authorization == both.vendors(example("https://example.com/")).authorization
