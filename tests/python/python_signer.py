"""The installed package's `Signer`, asked about any request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from metastudio import Credentials, Signer

from request_generator import Request
from vendor_oracle import VendorSignature, vendor_sign


@dataclass(frozen=True)
class Way:
    """An algorithm with what it needs."""

    algorithm: str
    region: str | None = None
    service: str | None = None


DEFAULT = Way("SDK-HMAC-SHA256")
SM3 = Way("SDK-HMAC-SM3")
V11 = Way("V11-HMAC-SHA256", "cn-north-4", "metastudio")


def moment(date: str) -> datetime:
    """The time that X-Sdk-Date names."""
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def python_sign(
    request: Request,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    way: Way = DEFAULT,
) -> dict[str, str]:
    """The headers that the package adds to a request."""
    keys = Credentials(request.access_key, request.secret_key)
    signer = Signer(keys, algorithm=way.algorithm, region=way.region, service=way.service)
    return signer.sign(
        request.method,
        request.url,
        request.headers if headers is None else headers,
        request.body,
        date=moment(request.date),
    )


def vendors_signature(request: Request, way: Way = DEFAULT) -> VendorSignature:
    """What the vendor's signer makes of the same request."""
    return vendor_sign(
        request.method,
        request.url,
        request.headers,
        request.body,
        request.access_key,
        request.secret_key,
        request.date,
        algorithm=way.algorithm,
        region=way.region,
        service=way.service,
    )
