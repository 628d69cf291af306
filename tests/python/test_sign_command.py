"""`metastudio sign` says what the vendor's signer says, byte for byte."""

import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from command import ACCESS_KEY, DONE, SECRET_KEY, Metastudio
from request_generator import Request, requests
from sign_command import OurSignature, example, our_sign
from vendor_oracle import VendorSignature, vendor_sign

# Each is a process; ten thousand and more go through the signer in-process elsewhere.
COUNT = 300
SEED = 20260102


def vendor(request: Request) -> VendorSignature:
    return vendor_sign(
        request.method,
        request.url,
        request.headers,
        request.body,
        request.access_key,
        request.secret_key,
        request.date,
    )


def difference(ours: OurSignature, theirs: VendorSignature) -> str | None:
    """The first step that differs: the later ones follow from it."""
    for step in ("canonical_request", "string_to_sign", "authorization"):
        our_step, their_step = getattr(ours, step), getattr(theirs, step)
        if our_step != their_step:
            return f"{step}\n  ours   {our_step!r}\n  vendor {their_step!r}"
    return None


def test_random_requests(metastudio: Metastudio, tmp_path: Path) -> None:
    def check(numbered: tuple[int, Request]) -> str | None:
        number, request = numbered
        ours = our_sign(metastudio, request, tmp_path / f"body-{number}")
        found = difference(ours, vendor(request))
        return found and f"request {number}: {request}\n{found}"

    with ThreadPoolExecutor(4) as pool:
        checked = list(pool.map(check, enumerate(requests(COUNT, SEED))))
    assert len(checked) == COUNT
    found = [text for text in checked if text is not None]
    assert not found, f"{len(found)} of {COUNT} differ:\n" + "\n\n".join(found[:3])


def test_the_generator_makes_the_same_odd_requests_each_time() -> None:
    made = list(requests(1000, SEED))
    assert made == list(requests(1000, SEED))
    assert made != list(requests(1000, SEED + 1))
    urls = [request.url for request in made]
    values = [value for request in made for _, value in request.headers]
    assert any("%2F" in url for url in urls)
    assert any("//" in url.removeprefix("https://") for url in urls)
    assert any(value != value.strip() for value in values)
    assert any("  " in value.strip() for value in values)
    assert any(b"\x00" in request.body for request in made)


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/a%20b/c%2Fd", "/a%20b/c/d/"),
        ("/a%2520b", "/a%2520b/"),
        ("/a:b~c*d(e)!", "/a%3Ab~c%2Ad%28e%29%21/"),
        ("//a//b", "//a//b/"),
        ("/a/../b/./c", "/a/../b/./c/"),
        ("/a+b", "/a%2Bb/"),
        ("/%E6%96%87%e4%bb%b6", "/%E6%96%87%E4%BB%B6/"),
    ],
)
def test_path_probes(metastudio: Metastudio, tmp_path: Path, path: str, canonical: str) -> None:
    request = example("https://example.com" + path)
    ours = our_sign(metastudio, request, tmp_path / "body")
    assert ours.canonical_request.split("\n")[1] == canonical
    assert difference(ours, vendor(request)) is None


def test_the_headers_to_add_and_the_curl_command_belong_together(
    metastudio: Metastudio, tmp_path: Path
) -> None:
    request = example(headers=[("Content-Type", "application/json")], body=b"{}")
    ours = our_sign(metastudio, request, tmp_path / "body")
    assert ours.headers["authorization"] == ours.authorization
    assert ours.headers["x-sdk-date"] == request.date
    words = shlex.split(ours.curl)
    assert words[0] == "curl"
    assert request.url in words
    lowered = [word.lower() for word in words]
    assert f"authorization: {ours.authorization}".lower() in lowered
    assert f"x-sdk-date: {request.date}".lower() in lowered
    assert "content-type: application/json" in lowered


def test_the_body_may_be_an_argument(metastudio: Metastudio, tmp_path: Path) -> None:
    request = example(body=b'{"state": "CREATED"}')
    keys = {ACCESS_KEY: request.access_key, SECRET_KEY: request.secret_key}
    body = ["--body", request.body.decode(), "--date", request.date, "--json"]
    result = metastudio.run("sign", request.method, request.url, *body, env=keys)
    assert result.code == DONE, result
    by_file = our_sign(metastudio, request, tmp_path / "body")
    assert OurSignature.of(result.json()).authorization == by_file.authorization
    assert by_file.authorization == vendor(request).authorization
