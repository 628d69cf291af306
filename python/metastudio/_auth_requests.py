"""Authentication objects for requests."""

from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.auth import AuthBase

from ._auth import (
    LONGEST_READ,
    ONCE_ONLY,
    Keys,
    Outgoing,
    Scope,
    Signing,
    TokenHeader,
    host_header,
    refuse,
    refuse_body,
    refuse_pickling,
)
from ._mss import Token


class _Proving(AuthBase):
    def __init__(self, scope: Scope, proof: Signing | TokenHeader) -> None:
        self._scope = scope
        self._proof = proof

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        outgoing = _outgoing(self._scope, r, self._proof.needs_body)
        r.headers.update(self._proof.headers_for(outgoing))
        if _keep_to_one_request not in r.hooks["response"]:
            r.register_hook("response", _keep_to_one_request)
        return r

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<hidden>)"

    def __reduce__(self) -> NoReturn:
        refuse_pickling(type(self).__name__)


class RequestsAuth(_Proving):
    """Signs the requests of ``requests`` with an access key pair.

        session.auth = RequestsAuth(Credentials("AK", "SK"), project_id="PROJECT")

    Signed are the body, the URL, and of the headers Host, Content-Type, X-Project-Id,
    X-Domain-Id, X-App-UserId, X-Security-Token and X-Sdk-*. A signature goes to the host of the
    first request and to no other, unless ``hosts`` says otherwise, and it isn't carried on when a
    redirect is followed.

    Args:
        keys: credentials, a signer, a token, a ``CredentialSource``; or what returns one of the
            first three, called before each request.
        project_id: sent as X-Project-Id where a request has none.
        hosts: the hosts to sign for and no others, as ``"host"`` or ``"host:port"``; with a dot in
            front all below it.
        allow_http: signs for plain http, too; for loopback that isn't needed.
        algorithm, region, service: as of ``metastudio.Signer``, where ``keys`` are credentials.

    Raises:
        InvalidInputError: an option can't be right. On a request: it goes to another host, or its
            body is a stream of unknown length or above 16 MiB. Nothing was sent.
        TypeError: an argument has the wrong type.

    Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html
    """

    def __init__(
        self,
        keys: Keys,
        *,
        project_id: str | None = None,
        hosts: Iterable[str] | None = None,
        allow_http: bool = False,
        algorithm: str | None = None,
        region: str | None = None,
        service: str | None = None,
    ) -> None:
        name = type(self).__name__
        signing = Signing(name, keys, project_id, algorithm, region, service)
        super().__init__(Scope(name, hosts, allow_http), signing)


class RequestsTokenAuth(_Proving):
    """Sends a user token with the requests of ``requests``, as X-Auth-Token.

        session.auth = RequestsTokenAuth("TOKEN", hosts=["metastudio.cn-north-4.myhuaweicloud.com"])

    The token goes to the host of the first request and to no other, unless ``hosts`` says
    otherwise, and it isn't carried on when a redirect is followed.

    Args:
        token: the token, or what returns it, called before each request.
        hosts, allow_http: as of :class:`RequestsAuth`.

    Raises:
        CredentialsError: the token can't be sent as such.
        InvalidInputError: on a request: it goes to another host. Nothing was sent.
        TypeError: an argument has the wrong type.

    Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
    """

    def __init__(
        self,
        token: str | Token | Callable[[], str | Token],
        *,
        hosts: Iterable[str] | None = None,
        allow_http: bool = False,
    ) -> None:
        name = type(self).__name__
        super().__init__(Scope(name, hosts, allow_http), TokenHeader(token))


def _outgoing(scope: Scope, r: PreparedRequest, needs_body: bool) -> Outgoing:
    """The request as urllib3 will send it."""
    url = urlsplit(r.url or "")
    scope.check(url.scheme, url.hostname or "", url.port)
    if r.headers.get("Authorization"):
        # It was signed before, perhaps with keys that have been replaced.
        for name in ONCE_ONLY:
            r.headers.pop(name, None)
    r.headers.pop("X-Sdk-Date", None)
    if needs_body:
        _settle_body(scope.name, r)
    body = r.body if isinstance(r.body, bytes) else b""
    headers = [(_text(name), _text(value)) for name, value in r.headers.items()]
    host = host_header(url.scheme, url.hostname or "", url.port)
    return Outgoing(r.method or "GET", url.scheme, host, r.path_url, headers, body)


def _settle_body(name: str, r: PreparedRequest) -> None:
    """Makes the body bytes, so that those are sent that are signed."""
    body: Any = r.body
    if body is None or isinstance(body, bytes):
        return
    if isinstance(body, str):
        r.body = body.encode()
        return
    if isinstance(body, (bytearray, memoryview)):
        r.body = bytes(body)
        return
    length = int(r.headers.get("Content-Length") or -1)
    if not hasattr(body, "read") or length < 0:
        refuse_body(name, "a stream of unknown length")
    if length > LONGEST_READ:
        refuse_body(name, f"a file above {LONGEST_READ} bytes")
    content = body.read(length + 1)
    if not isinstance(content, bytes) or len(content) != length:
        refuse(name, f"the body is no file of {length} bytes in binary mode")
    r.body = content
    # Else requests would rewind it for a redirect.
    r._body_position = None  # pyright: ignore[reportPrivateUsage]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _keep_to_one_request(response: Response, **_: object) -> None:
    """Takes the proof off before requests copies the headers for a redirect.

    It would carry all of them on, X-Auth-Token and X-Security-Token also to another host.
    """
    if not response.is_redirect:
        return
    sent = response.request
    # Who looks at the response still sees what was sent.
    response.request = sent.copy()
    for name in (*ONCE_ONLY, "host"):
        sent.headers.pop(name, None)
