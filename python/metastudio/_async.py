"""The client for asyncio: calls of `Client` on threads of its own."""

import asyncio
import contextlib
import contextvars
import inspect
import os
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypedDict, TypeVar, Unpack

from ._exceptions import InvalidConfigError, UploadCancelledError
from ._many import cancelled
from ._mss import CancelHandle, Client, run_cancellable

if TYPE_CHECKING:
    from os import PathLike

    from ._event import AttemptEvent
    from ._many import ResumeResult
    from ._mss import ConfirmResult, Credentials, CredentialSource, Token

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Each is a thread with a connection.
_MOST_WORKERS = 256


class ClientOptions(TypedDict, total=False):
    """What `Client` takes."""

    region: str | None
    endpoint: str | None
    project_id: str | None
    credentials: "Credentials | Token | CredentialSource | Callable[[], Credentials | Token] | None"
    token: str | None
    algorithm: str
    signing_region: str | None
    signing_service: str | None
    allow_http: bool
    lenient: bool
    upload_host_suffixes: Iterable[str] | None
    ca_file: "str | PathLike[str] | None"
    client_cert: "str | PathLike[str] | tuple[str | PathLike[str], str | PathLike[str]] | None"
    proxy: str | None
    danger_accept_invalid_certs: bool
    connect_timeout: float | None
    attempt_timeout: float | None
    total_timeout: float | None
    stall_timeout: float | None
    max_attempts: int | None
    on_attempt: "Callable[[AttemptEvent], object] | None"
    include_secrets: bool


class CallLimits(TypedDict, total=False):
    """What `Client.with_options` takes."""

    connect_timeout: float | None
    attempt_timeout: float | None
    total_timeout: float | None
    stall_timeout: float | None
    max_attempts: int | None


class _Job:
    """A call on a thread, and a coroutine that waits for it."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.handle = CancelHandle()
        self.result: object = None
        self.error: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        # Without a result: an exception that nobody fetches would be reported.
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._work = work
        self._context = contextvars.copy_context()

    def run(self) -> None:
        """On the thread. Whatever is raised there is the coroutine's to raise."""
        try:
            self.result = self._context.run(run_cancellable, self.handle, self._work)
        except BaseException as error:
            self.error = error
        # A loop that is closed has nobody who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_release, self._over)

    async def wait(self) -> None:
        await asyncio.wait((self._over,))

    async def cancel(self) -> None:
        """Has the call end and waits for it, however often that is cancelled: each time ends what
        the call still cleans up."""
        self.handle.cancel()
        while not self._over.done():
            try:
                await self.wait()
            except asyncio.CancelledError:
                self.handle.cancel()


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class _Workers:
    """The threads of a client."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._process = 0
        self._jobs: set[_Job] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._is_closed = False

    def submit(self, job: _Job) -> "Future[None]":
        if self._is_closed:
            text = "Client: the client was closed (not applied; nothing was sent)"
            raise InvalidConfigError(text, kind="invalid_config", operation="Client")
        if self._pool is None or self._process != os.getpid():
            # A fork copies the pool, but not its threads.
            self._process, self._jobs = os.getpid(), set()
            self._pool = ThreadPoolExecutor(self._most, "metastudio")
        future = self._pool.submit(job.run)
        self._jobs.add(job)
        return future

    def forget(self, job: _Job) -> None:
        self._jobs.discard(job)

    def cancel_all(self) -> None:
        for job in tuple(self._jobs):
            job.handle.cancel()

    async def close(self) -> None:
        """Waits for the calls under way and ends the threads."""
        self._is_closed = True
        pool, self._pool = self._pool, None
        if pool is None or self._process != os.getpid():
            return
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def end() -> None:
            pool.shutdown()
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_release, over)

        # Joining would block the loop.
        closer = threading.Thread(target=end, name="metastudio-close", daemon=True)
        closer.start()
        await asyncio.wait((over,))
        closer.join()


def _on_a_thread(
    method: Callable[Concatenate[Client, _P], _R],
) -> Callable[Concatenate["AsyncClient", _P], Coroutine[Any, Any, _R]]:
    """The method of `Client` as a coroutine function."""
    name = method.__name__

    async def call(self: "AsyncClient", /, *args: _P.args, **options: _P.kwargs) -> _R:
        return await self._call(name, method, *args, **options)

    call.__name__, call.__qualname__ = name, f"AsyncClient.{name}"
    call.__doc__ = f"As ``Client.{name}``, to be awaited."
    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    return call


class AsyncClient:
    """A :class:`Client` for asyncio, whose calls run on a bounded number of threads.

        async with metastudio.AsyncClient(region="cn-north-4") as client:
            await client.upload("clip.mp4", asset_id="942e65a5fd219a2e01fb08d881cfadb9")

    A call that is cancelled (``task.cancel()``, ``asyncio.timeout``) is ended first and raises
    ``CancelledError`` then: a single call within 200 ms, an upload when its file is CANCELLED,
    which may take 5 s; cancelling once more ends that too. The ``__cause__`` of the
    ``CancelledError`` is a :class:`MetaStudioError` whose ``outcome`` says what became of the call,
    ``"applied"`` included.

    Callbacks (``progress``, ``on_result``, ``on_attempt``) are plain functions, called on the
    thread of the call, in a copy of the context in which it was made.

    Args:
        max_workers: calls that are made at a time, 1 to 256; others wait for their turn, which
            counts for none of their timeouts. ``upload_many`` is one call here.
        options: as for :class:`Client`.

    Raises:
        InvalidConfigError, CredentialsError, TypeError: as :class:`Client`.
    """

    def __init__(self, *, max_workers: int = 8, **options: Unpack[ClientOptions]) -> None:
        self._set_up(max_workers, partial(Client, **options), options)

    def _set_up(self, max_workers: int, make: Callable[[], Client], options: ClientOptions) -> None:
        if not isinstance(max_workers, int) or isinstance(max_workers, bool):
            raise TypeError(f"max_workers must be int, not {type(max_workers).__name__}")
        if not 1 <= max_workers <= _MOST_WORKERS:
            text = f"max_workers must be 1 to {_MOST_WORKERS}, got {max_workers}"
            message = f"Client: {text} (not applied; nothing was sent)"
            raise InvalidConfigError(
                message, kind="invalid_config", operation="Client", error_msg=text
            )
        _check_functions(options)
        self._client = make()
        self._workers = _Workers(max_workers)
        self._has_own_workers = True

    @classmethod
    def from_env(cls, *, max_workers: int = 8, **options: Unpack[ClientOptions]) -> Self:
        """As ``Client.from_env``."""
        made = cls.__new__(cls)
        made._set_up(max_workers, partial(Client.from_env, **options), options)
        return made

    def with_options(self, **limits: Unpack[CallLimits]) -> Self:
        """The same client with other limits. It shares connections and threads with this one, and
        lives as long as this one does."""
        made = type(self).__new__(type(self))
        made._client = self._client.with_options(**limits)
        made._workers = self._workers
        made._has_own_workers = False
        return made

    confirm_file_upload = _on_a_thread(Client.confirm_file_upload)
    create_file = _on_a_thread(Client.create_file)
    create_large_file = _on_a_thread(Client.create_large_file)
    delete_file = _on_a_thread(Client.delete_file)
    create_digital_asset = _on_a_thread(Client.create_digital_asset)
    show_asset = _on_a_thread(Client.show_asset)
    delete_asset = _on_a_thread(Client.delete_asset)
    upload = _on_a_thread(Client.upload)
    upload_many = _on_a_thread(Client.upload_many)

    async def confirm_many(self, items: Any, **options: Any) -> "list[ConfirmResult]":
        """As ``Client.confirm_many``, to be awaited: the results of all items, when the last has
        ended. The items are pulled on the thread of the call. For more results than fit into
        memory iterate over ``Client.confirm_many`` on a thread of your own."""

        def confirm(client: Client) -> "list[ConfirmResult]":
            return list(client.confirm_many(items, **options))

        return await self._call("confirm_many", confirm)

    async def resume(
        self, path: "str | PathLike[str]", **options: Any
    ) -> "list[ResumeResult] | list[ConfirmResult]":
        """As ``Client.resume``, to be awaited: the results of all entries."""

        def resume(client: Client) -> "list[ResumeResult] | list[ConfirmResult]":
            resumed = client.resume(path, **options)
            return resumed if isinstance(resumed, list) else list(resumed)

        return await self._call("resume", resume)

    async def aclose(self) -> None:
        """Waits for the calls under way, closes the connections and ends the threads. Further calls
        raise InvalidConfigError."""
        if self._has_own_workers:
            await self._workers.close()
        self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """When the block is left by an exception, calls that other tasks still make are cancelled
        (uploads end as CANCELLED), as with ``Client``."""
        if kind is not None:
            self._workers.cancel_all()
        await self.aclose()

    async def _call(
        self, name: str, method: Callable[..., _R], /, *args: object, **options: object
    ) -> _R:
        _check_functions(options)
        job = _Job(partial(method, self._client, *args, **options))
        future = self._workers.submit(job)
        try:
            await job.wait()
        except asyncio.CancelledError as cancellation:
            if future.cancel():
                cancellation.__cause__ = _cancelled(name, "not_applied", "; nothing was sent")
            else:
                await job.cancel()
                cancellation.__cause__ = job.error or _done_already(name, job.result)
            raise
        except BaseException:
            # The coroutine was closed: nobody can wait for the end of the call.
            future.cancel()
            job.handle.cancel()
            raise
        finally:
            self._workers.forget(job)
        if job.error is not None:
            try:
                raise job.error
            finally:
                # Else the exception would hold this frame, and this frame the exception.
                job.error = None
        return job.result  # type: ignore[return-value]

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("an AsyncClient has threads and can't be pickled; make one in each process")

    def __repr__(self) -> str:
        return f"Async{self._client!r}"


def _check_functions(options: "ClientOptions | dict[str, object]") -> None:
    for name in ("progress", "on_result", "on_attempt"):
        if inspect.iscoroutinefunction(options.get(name)):
            raise TypeError(
                f"{name} is called on a thread and must be a plain function, not a coroutine "
                "function (loop.call_soon_threadsafe leads back to the loop)"
            )


def _cancelled(
    name: str, outcome: str, verdict: str = "", **attributes: object
) -> UploadCancelledError:
    """What became of a call that was cancelled, for the cause of a `CancelledError`."""
    text = "cancelled by the caller"
    return UploadCancelledError(
        f"{name}: {text} ({outcome.replace('_', ' ')}{verdict})",
        kind="cancelled",
        operation="".join(word.title() for word in name.split("_")),
        outcome=outcome,
        error_msg=text,
        **attributes,
    )


def _done_already(name: str, result: object) -> UploadCancelledError:
    if isinstance(result, list):
        return cancelled(result)
    ids = {n: getattr(result, n, None) for n in ("request_id", "file_id")}
    verdict = f"; request id {ids['request_id']}" if ids["request_id"] else ""
    return _cancelled(name, "applied", verdict, **ids)


# Users see it where they import it from.
AsyncClient.__module__ = "metastudio"
