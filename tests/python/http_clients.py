"""requests and httpx behind one face, for tests that hold for both."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import requests
from metastudio.auth import HttpxAuth, HttpxTokenAuth, RequestsAuth, RequestsTokenAuth


@dataclass(frozen=True)
class Answer:
    """How a call ended: its status, and the headers of each request as its client shows them."""

    status: int
    sent: tuple[Mapping[str, str | bytes], ...]


@dataclass(frozen=True)
class Caller:
    """An HTTP client with its two authentication classes."""

    name: str
    auth: Callable[..., Any]
    token_auth: Callable[..., Any]
    call: Callable[..., Answer]

    def __str__(self) -> str:
        return self.name


def with_requests(
    auth: Any, method: str, url: str, *, body: Any = None, follow: bool = False, **options: Any
) -> Answer:
    done = requests.request(
        method, url, auth=auth, data=body, allow_redirects=follow, timeout=30, **options
    )
    return Answer(done.status_code, tuple(it.request.headers for it in (*done.history, done)))


def with_httpx(
    auth: Any, method: str, url: str, *, body: Any = None, follow: bool = False, **options: Any
) -> Answer:
    with httpx.Client(auth=auth, follow_redirects=follow) as client:
        return _of(client.request(method, url, content=body, **options))


def with_httpx_async(
    auth: Any, method: str, url: str, *, body: Any = None, follow: bool = False, **options: Any
) -> Answer:
    async def call() -> Answer:
        async with httpx.AsyncClient(auth=auth, follow_redirects=follow) as client:
            return _of(await client.request(method, url, content=body, **options))

    return asyncio.run(call())


def _of(done: httpx.Response) -> Answer:
    return Answer(done.status_code, tuple(it.request.headers for it in (*done.history, done)))


CALLERS = (
    Caller("requests", RequestsAuth, RequestsTokenAuth, with_requests),
    Caller("httpx", HttpxAuth, HttpxTokenAuth, with_httpx),
    Caller("httpx-async", HttpxAuth, HttpxTokenAuth, with_httpx_async),
)
