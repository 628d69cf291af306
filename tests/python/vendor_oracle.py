"""The vendor's own signer (huaweicloudsdkcore), asked what it would sign.

It is the independent judge of our signer: nothing in this file computes a signature.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import DerivationAKSKSigner, Signer, SM3Signer

SIGNERS: Mapping[str, Any] = {
    "SDK-HMAC-SHA256": Signer,
    "SDK-HMAC-SM3": SM3Signer,
    "V11-HMAC-SHA256": DerivationAKSKSigner,
}


@dataclass(frozen=True)
class Url:
    """The parts of an address, as they go over the wire: nothing is decoded."""

    authority: str
    path: str
    query: str

    @classmethod
    def parse(cls, url: str) -> "Url":
        """Splits by hand: urllib.parse drops some characters and treats ';' specially."""
        _, separator, rest = url.partition("://")
        if not separator:
            raise ValueError(f"not an absolute URL: {url!r}")
        target_at = min((rest.index(c) for c in "/?" if c in rest), default=len(rest))
        path, _, query = rest[target_at:].partition("?")
        return cls(rest[:target_at], path, query)

    def pairs(self) -> list[tuple[str, str]]:
        """The query as the vendor's signer wants it: decoded names and values.

        A '+' stays a '+': only HTML forms use it for a blank.
        """
        parts = (part.partition("=") for part in self.query.split("&") if part)
        return [(unquote(name), unquote(value)) for name, _, value in parts]


@dataclass(frozen=True)
class VendorSignature:
    """What the vendor's signer made of a request, step by step."""

    canonical_request: str
    string_to_sign: str
    authorization: str
    headers: Mapping[str, str]

    @property
    def signed_headers(self) -> list[str]:
        """The names in SignedHeaders, in their order."""
        return self.canonical_request.split("\n")[-2].split(";")


def vendor_sign(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    access_key: str,
    secret_key: str,
    date: str | None = None,
    *,
    algorithm: str = "SDK-HMAC-SHA256",
    region: str | None = None,
    service: str | None = None,
    add_host: bool = True,
) -> VendorSignature:
    """Signs with the vendor's signer and records its two intermediate results.

    `date` becomes the header X-Sdk-Date; None if the headers have one.
    `add_host=False` signs exactly the given headers.
    """
    parts = Url.parse(url)
    header_params = dict(headers)
    if date is not None:
        header_params["X-Sdk-Date"] = date
    request = SdkRequest(
        method=method,
        schema="https",
        host=parts.authority,
        resource_path=parts.path,
        query_params=parts.pairs(),
        header_params=header_params,
        body=body,
    )
    signer = SIGNERS[algorithm](SimpleNamespace(ak=access_key, sk=secret_key))
    record: dict[str, str] = {}
    _record(signer, "_process_canonical_request", record)
    _record(signer, "_process_string_to_sign", record)
    if not add_host:
        signer._process_header_host = lambda _request: None
    signed = signer.sign(request, service, region) if region else signer.sign(request)
    return VendorSignature(
        record["_process_canonical_request"],
        record["_process_string_to_sign"],
        signed.header_params["Authorization"],
        dict(signed.header_params),
    )


def _record(signer: Any, step: str, record: dict[str, str]) -> None:
    original = getattr(signer, step)

    def recording(*args: Any) -> str:
        record[step] = result = original(*args)
        return str(result)

    setattr(signer, step, recording)
