"""Checks a request as it came over the wire with the vendor's signer, as the gateway would."""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vendor_oracle import VendorSignature, vendor_sign
from wire_server import WireRequest

AUTHORIZATION = re.compile(
    r"SDK-HMAC-SHA256 Access=(?P<access_key>[^,\s]+), "
    r"SignedHeaders=(?P<signed_headers>[^,\s]+), Signature=(?P<signature>[0-9a-f]{64})"
)
# Everything among these that is sent has to be signed too.
MUST_BE_SIGNED = (
    "host",
    "x-sdk-date",
    "content-type",
    "x-project-id",
    "x-app-userid",
    "x-security-token",
)
CLOCK_DIFFERENCE = timedelta(minutes=15)


@dataclass(frozen=True)
class Keys:
    """Whom the server believes."""

    access_key: str
    secret_key: str
    security_token: str | None = None


def objection(request: WireRequest, keys: Keys, now: datetime) -> str | None:
    """Why the request is refused, or None when the vendor's signer agrees with it."""
    given = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if given is None:
        return "no Authorization in the documented form"
    names = given["signed_headers"].split(";")
    if names != sorted(set(names)):
        return f"SignedHeaders not sorted or not unique: {names}"
    if missing := [name for name in names if name not in request.headers]:
        return f"signed but not sent: {missing}"
    unsigned = [name for name in MUST_BE_SIGNED if name in request.headers and name not in names]
    if unsigned or not {"host", "x-sdk-date"} <= set(names):
        return f"not signed: {unsigned or ['host', 'x-sdk-date']}"
    if given["access_key"] != keys.access_key:
        return f"access key unknown: {given['access_key']}"
    if request.headers.get("x-security-token") != keys.security_token:
        return "another security token, or none, or one too many"
    sent_at = datetime.strptime(request.headers["x-sdk-date"], "%Y%m%dT%H%M%SZ")
    if abs(now - sent_at.replace(tzinfo=UTC)) > CLOCK_DIFFERENCE:
        return f"signature expired: {sent_at}"
    signed = resign(request, names, keys)
    if signed.authorization == request.headers["authorization"]:
        return None
    lines = difflib.unified_diff(
        [request.headers["authorization"]], [signed.authorization], "sent", "vendor", lineterm=""
    )
    return "\n".join(
        ["verify aksk signature fail", *lines, "canonicalRequest:", signed.canonical_request]
    )


def resign(request: WireRequest, names: list[str], keys: Keys) -> VendorSignature:
    """What the vendor's signer makes of exactly the named headers of the request."""
    return vendor_sign(
        request.method,
        f"http://{request.headers['host']}{request.target}",
        [(name, request.headers[name]) for name in names],
        request.body,
        keys.access_key,
        keys.secret_key,
        add_host=False,
    )


def gateway_message(reason: str) -> str:
    """The reason in the gateway's words, its canonical request with '|' for line ends."""
    return "Incorrect IAM authentication information: " + reason.replace("\n", "|")
