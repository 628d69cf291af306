"""Authentication objects for httpx."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator, Iterable
from typing import Any, NoReturn

import httpx
from anyio import to_thread  # of httpx

from ._auth import (
    LONGEST_READ,
    ONCE_ONLY,
    Keys,
    Outgoing,
    Scope,
    Signing,
    TokenHeader,
    refuse_body,
    refuse_pickling,
)
from ._mss import Token


class _Proving(httpx.Auth):
    def __init__(self, scope: Scope, proof: Signing | TokenHeader) -> None:
        self._scope = scope
        self._proof = proof

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        self._check(request)
        if self._proof.needs_body and not _is_read(request):
            _check_stream(self._scope.name, request)
            request.read()
        self._prove(request)
        kept = _Kept(request)
        request.extensions = {**request.extensions, "trace": kept.before_sending}
        response = yield request
        kept.clean_up(response)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        self._check(request)
        if self._proof.needs_body and not _is_read(request):
            _check_stream(self._scope.name, request)
            if isinstance(request.stream, AsyncIterable):
                await request.aread()
            else:
                request.read()
        if self._proof.asks:
            # The event loop isn't to wait.
            await to_thread.run_sync(self._prove, request)
        else:
            self._prove(request)
        kept = _Kept(request)
        request.extensions = {**request.extensions, "trace": kept.before_sending_async}
        response = yield request
        kept.clean_up(response)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<hidden>)"

    def __reduce__(self) -> NoReturn:
        refuse_pickling(type(self).__name__)

    def _check(self, request: httpx.Request) -> None:
        url = request.url
        self._scope.check(url.scheme, url.raw_host.decode("ascii"), url.port)

    def _prove(self, request: httpx.Request) -> None:
        headers = request.headers
        if headers.get("Authorization"):
            # It was signed before, perhaps with keys that have been replaced.
            for name in ONCE_ONLY:
                headers.pop(name, None)
        headers.pop("X-Sdk-Date", None)
        url = request.url
        outgoing = Outgoing(
            request.method,
            url.scheme,
            url.netloc.decode("ascii"),
            url.raw_path.decode("ascii"),
            headers.multi_items(),
            request.content if self._proof.needs_body else b"",
        )
        headers.update(self._proof.headers_for(outgoing))


class HttpxAuth(_Proving):
    """Signs the requests of ``httpx`` with an access key pair; for its two clients.

        client = httpx.Client(auth=HttpxAuth(Credentials("AK", "SK"), project_id="PROJECT"))

    What is signed, and for whom, is as with :class:`RequestsAuth`. When redirects are followed the
    signature isn't carried on; for that httpx's own transports are needed (the ``trace``
    extension).

    Args:
        keys: credentials, a signer, a token, a ``CredentialSource``; or what returns one of the
            first three, called before each request; for an asynchronous client in a thread.
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


class HttpxTokenAuth(_Proving):
    """Sends a user token with the requests of ``httpx``, as X-Auth-Token; for its two clients.

        client = httpx.Client(auth=HttpxTokenAuth("TOKEN"))

    Where the token goes is as with :class:`RequestsTokenAuth`. When redirects are followed it isn't
    carried on; for that httpx's own transports are needed (the ``trace`` extension).

    Args:
        token: the token, or what returns it, called before each request.
        hosts, allow_http: as of :class:`HttpxAuth`.

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


class _Kept:
    """Keeps a proof to the request that it was made for.

    For a redirect httpx copies the headers without asking anyone, X-Auth-Token and
    X-Security-Token also to another host. The extensions are copied, too, and ``trace`` is told of
    each request before its head is written.
    """

    def __init__(self, request: httpx.Request) -> None:
        self._request = request
        url = request.url
        self._method = request.method.encode("ascii")
        self._origin = url.raw_scheme, url.raw_host, url.port
        self._target = url.raw_path
        port = b"" if url.port is None else b":%d" % url.port
        # As a proxy for plain http is asked for it.
        self._absolute = b"%b://%b%b%b" % (url.raw_scheme, url.raw_host, port, url.raw_path)
        inner = request.extensions.get("trace")
        # Of a request that is sent a second time.
        owner = getattr(inner, "__self__", None)
        self._inner: Callable[[str, Any], Any] | None = (
            owner._inner if isinstance(owner, _Kept) else inner
        )

    def before_sending(self, event: str, info: Any) -> object:
        self._look_at(event, info)
        return None if self._inner is None else self._inner(event, info)

    async def before_sending_async(self, event: str, info: Any) -> None:
        self._look_at(event, info)
        if self._inner is not None:
            told: Awaitable[object] = self._inner(event, info)
            await told

    def _look_at(self, event: str, info: Any) -> None:
        if not event.endswith(".send_request_headers.started"):
            return
        request = info["request"]
        if not self._is_meant(request):
            request.headers[:] = [
                (name, value) for name, value in request.headers if not _is_once_only(name)
            ]

    def _is_meant(self, request: Any) -> bool:
        url = request.url
        if request.method != self._method:
            return False
        return url.target == self._absolute or (
            url.target == self._target and (url.scheme, url.host, url.port) == self._origin
        )

    def clean_up(self, response: httpx.Response) -> None:
        """Takes the proof off requests that were sent without it, or will be."""
        others = [answer.request for answer in (*response.history, response)]
        if response.next_request is not None:
            others.append(response.next_request)
        for request in others:
            if request is not self._request:
                for name in ONCE_ONLY:
                    request.headers.pop(name, None)


def _is_once_only(name: bytes) -> bool:
    return name.decode("latin-1").lower() in ONCE_ONLY


def _is_read(request: httpx.Request) -> bool:
    try:
        _ = request.content
    except httpx.RequestNotRead:
        return False
    return True


def _check_stream(name: str, request: httpx.Request) -> None:
    length = int(request.headers.get("Content-Length") or -1)
    if length < 0:
        refuse_body(name, "a stream of unknown length")
    if length > LONGEST_READ:
        refuse_body(name, f"a file above {LONGEST_READ} bytes")
