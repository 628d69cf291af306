"""The installed package's `Signer`, asked about any request."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from metastudio import Credentials, Signer

from request_generator import Request
from vendor_oracle import VendorSignature, vendor_sign


def moment(date: str) -> datetime:
    """The time that X-Sdk-Date names."""
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def python_sign(
    request: Request, headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None
) -> dict[str, str]:
    """The headers that the package adds to a request."""
    return Signer(Credentials(request.access_key, request.secret_key)).sign(
        request.method,
        request.url,
        request.headers if headers is None else headers,
        request.body,
        date=moment(request.date),
    )


def vendors_signature(request: Request) -> VendorSignature:
    """What the vendor's signer makes of the same request."""
    return vendor_sign(
        request.method,
        request.url,
        request.headers,
        request.body,
        request.access_key,
        request.secret_key,
        request.date,
    )
