"""`metastudio sign` asked about any request."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command import ACCESS_KEY, DONE, SECRET_KEY, Metastudio, Result
from request_generator import Request


def run_sign(metastudio: Metastudio, request: Request, body_file: Path, *options: str) -> Result:
    """Runs it. The body goes by way of a file, for it may hold any bytes."""
    args = ["sign", request.method, request.url, "--date", request.date, "--json", *options]
    # One argument, so that a name may start with a hyphen.
    args += [f"--header={name}: {value}" for name, value in request.headers]
    if request.body:
        body_file.write_bytes(request.body)
        args += ["--body-file", str(body_file)]
    keys = {ACCESS_KEY: request.access_key, SECRET_KEY: request.secret_key}
    return metastudio.run(*args, env=keys)


@dataclass(frozen=True)
class OurSignature:
    """What `metastudio sign --json` says; header names in lower case."""

    canonical_request: str
    string_to_sign: str
    authorization: str
    headers: dict[str, str]
    curl: str

    @classmethod
    def of(cls, output: dict[str, Any]) -> "OurSignature":
        headers = {name.lower(): value for name, value in output["headers"].items()}
        return cls(**(output | {"headers": headers}))


def our_sign(metastudio: Metastudio, request: Request, body_file: Path) -> OurSignature:
    """Runs it and takes its output apart; anything but success is an error."""
    result = run_sign(metastudio, request, body_file)
    assert result.code == DONE, f"{request}: {result}"
    return OurSignature.of(result.json())


def example(
    url: str = "https://metastudio.cn-north-4.myhuaweicloud.com/v1/p/files",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Request:
    """A POST to sign."""
    date = "20260102T030405Z"
    return Request("POST", url, tuple(headers), body, "AccessKey", "SecretKey", date)
