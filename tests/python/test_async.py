"""`AsyncClient`: calls on threads, cancelled as asyncio cancels; over uvloop too (F63)."""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import logging
import os
import pickle
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import metastudio
import pytest
import uvloop
from metastudio import AsyncClient, MetaStudioError, UploadCancelledError
from metastudio._async import CallLimits, ClientOptions
from metastudio.testing import Emulator

from child_servers import proxy_that_sticks_at, scripted_server

FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"
SECONDS = 20
# The promise is 200 ms; a busy machine may take its time to run a thread.
PROMPT = 0.6
# CANCELLED gets 5 s; here the emulator answers at once.
SOON = 3.0

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def of(url: str, **options: Any) -> AsyncClient:
    # With a token: with a key that isn't known to be good, one call waits for the other.
    return AsyncClient(endpoint=url, project_id="p", token="token", **options)


def emulated(emulator: Emulator, **options: Any) -> AsyncClient:
    return AsyncClient(
        **{
            "endpoint": emulator.url,
            "project_id": emulator.project_id,
            "credentials": emulator.credentials,
            **options,
        }
    )


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "metastudio" in thread.name}


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Any:
    """Runs a coroutine on a loop of its own; afterwards nothing is left and nothing complained."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        factory = uvloop.new_event_loop if request.param == "uvloop" else None
        with asyncio.Runner(debug=True, loop_factory=factory) as runner:
            # In debug mode a slow step of the loop is a warning too.
            runner.get_loop().slow_callback_duration = 5
            return runner.run(asyncio.wait_for(work, 60))

    with caplog.at_level(logging.WARNING, "asyncio"):
        yield run
        gc.collect()
    assert [record.getMessage() for record in caplog.records] == []
    assert threads() == set()


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, SECONDS)


def test_f63_the_methods_are_those_of_the_client(run: Run, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"content")

    async def work(client: AsyncClient) -> None:
        async with client:
            uploaded = await client.upload(clip, new_asset="VIDEO", verify=True)
            asset = await client.show_asset(uploaded.asset_id)
            assert asset.files[0].file_id == uploaded.file_id
            results = await client.upload_many([clip, clip], new_asset="VIDEO")
            assert [result.outcome for result in results] == ["applied"] * 2
            created = await client.create_file(
                "a.png", file_size=1, file_md5=bytes(16), asset_id="a", category="COVER"
            )
            confirmed = await client.confirm_file_upload(created.file_id, "CANCELLED")
            assert confirmed.request_id
            await client.delete_file(created.file_id)
            await client.delete_asset(uploaded.asset_id)
            with pytest.raises(metastudio.NotFoundError):
                await client.show_asset("nowhere")
        with pytest.raises(metastudio.InvalidConfigError, match="was closed"):
            await client.show_asset("a")

    with Emulator() as emulator:
        run(work(emulated(emulator)))


def test_f63_the_loop_goes_on_and_so_do_other_calls(run: Run) -> None:
    """The first call is answered when the second has been."""
    go_on = threading.Event()

    def hold() -> bytes:
        assert go_on.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: held\r\nContent-Length: 0\r\n\r\n"

    def let_go() -> bytes:
        go_on.set()
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: second\r\nContent-Length: 0\r\n\r\n"

    async def work(url: str) -> list[str]:
        async with of(url, max_workers=2) as client:
            calls = [client.confirm_file_upload(FILE_ID) for _ in range(2)]
            return [confirmed.request_id for confirmed in await asyncio.gather(*calls)]

    with scripted_server(hold, let_go) as url:
        assert sorted(run(work(url))) == ["held", "second"]


def test_f63_a_client_in_to_thread_leaves_the_loop_alone(run: Run) -> None:
    ticked = threading.Event()

    def hold() -> bytes:
        assert ticked.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: late\r\nContent-Length: 0\r\n\r\n"

    async def work(client: metastudio.Client) -> str:
        call = asyncio.create_task(asyncio.to_thread(client.confirm_file_upload, FILE_ID))
        for _ in range(100):
            await asyncio.sleep(0)
        ticked.set()
        return (await call).request_id

    with scripted_server(hold) as url:
        client = metastudio.Client(endpoint=url, project_id="p", token="token")
        assert run(work(client)) == "late"


def test_no_more_calls_than_workers_run_at_a_time(run: Run) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def answer() -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n"

    async def work(url: str) -> None:
        async with of(url, max_workers=3) as client:
            await asyncio.gather(*(client.confirm_file_upload(FILE_ID) for _ in range(12)))

    with scripted_server(*[answer] * 12) as url:
        run(work(url))
    assert most == 3


async def cancelled(
    call: Coroutine[Any, Any, Any], ready: threading.Event, limit: float = PROMPT
) -> MetaStudioError:
    """Cancels a call that is under way; the cause that comes with it."""
    task = asyncio.create_task(call)
    await until(ready)
    wished = time.monotonic()
    task.cancel("enough")
    cause = await cause_of(task)
    assert time.monotonic() - wished < limit
    return cause


async def cause_of(task: "asyncio.Task[Any]") -> MetaStudioError:
    """What a cancelled task has to say of its call."""
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert task.cancelled()
    cause = caught.value.__cause__
    assert isinstance(cause, MetaStudioError)
    return cause


def test_a_cancelled_confirm_carries_its_outcome(run: Run) -> None:
    waits = threading.Event()

    async def work(url: str) -> MetaStudioError:
        async with of(url) as client:
            cause = await cancelled(client.confirm_file_upload(FILE_ID), waits)
            # Another call is none of its business.
            assert (await client.confirm_file_upload(FILE_ID)).request_id == "2"
            return cause

    with scripted_server(lambda: waits.set()) as url:
        cause = run(work(url))
    assert (type(cause), cause.operation) == (UploadCancelledError, "ConfirmFileUpload")
    assert (cause.outcome, cause.subject) == ("unknown", FILE_ID)


def test_a_batch_is_awaited_as_a_whole(run: Run) -> None:
    async def work(url: str) -> list[metastudio.ConfirmResult]:
        async with of(url) as client:
            return await client.confirm_many(["a", "b"], state="CANCELLED", concurrency=1)

    with scripted_server() as url:
        results = run(work(url))
    assert [it.file_id for it in results] == ["a", "b"]
    assert {(it.outcome, it.state) for it in results} == {("applied", "CANCELLED")}


def test_a_batch_that_is_cancelled_sends_nothing_more(run: Run) -> None:
    waits = threading.Event()

    async def work(url: str) -> float:
        async with of(url) as client:
            batch = client.confirm_many([f"file-{n}" for n in range(100)], concurrency=1)
            started = time.monotonic()
            await cancelled(batch, waits)
            return time.monotonic() - started

    with scripted_server(lambda: waits.set()) as url:
        assert run(work(url)) < SOON


@pytest.mark.parametrize("way", ["timeout", "wait_for"])
def test_the_cause_of_a_timeout_shows_the_outcome(run: Run, way: str) -> None:
    async def limited(call: Coroutine[Any, Any, Any]) -> None:
        if way == "timeout":
            async with asyncio.timeout(0.3):
                await call
        else:
            await asyncio.wait_for(call, 0.3)

    async def work(url: str) -> BaseException | None:
        async with of(url) as client:
            with pytest.raises(TimeoutError) as caught:
                await limited(client.confirm_file_upload(FILE_ID))
            return caught.value.__cause__

    with scripted_server(lambda: None) as url:
        cancellation = run(work(url))
    assert isinstance(cancellation, asyncio.CancelledError)
    cause = cancellation.__cause__
    assert isinstance(cause, UploadCancelledError)
    assert cause.outcome == "unknown"


def test_what_waits_for_a_worker_is_cancelled_unsent(run: Run) -> None:
    waits = threading.Event()

    async def work(url: str) -> tuple[MetaStudioError, MetaStudioError]:
        async with of(url, max_workers=1) as client:
            first = asyncio.create_task(client.confirm_file_upload(FILE_ID))
            await until(waits)
            second = asyncio.create_task(client.show_asset("a"))
            await asyncio.sleep(0)
            second.cancel()
            unsent = await cause_of(second)
            first.cancel()
            return await cause_of(first), unsent

    with scripted_server(lambda: waits.set()) as url:
        first, second = run(work(url))
    assert (first.outcome, second.outcome) == ("unknown", "not_applied")
    assert (second.operation, second.attempts) == ("ShowAsset", ())
    assert str(second) == ("show_asset: cancelled by the caller (not applied; nothing was sent)")


def test_a_call_that_is_done_when_it_is_cancelled_says_so(run: Run) -> None:
    """Its answer and the cancelling meet in the loop."""

    async def work(url: str) -> MetaStudioError:
        done = threading.Event()
        async with of(url, on_attempt=lambda _: done.set()) as client:
            task = asyncio.create_task(client.confirm_file_upload(FILE_ID))
            await asyncio.sleep(0)
            # The loop is held up, so that it can't be told of the answer yet.
            assert done.wait(SECONDS)
            task.cancel()
            return await cause_of(task)

    with scripted_server() as url:
        cause = run(work(url))
    assert isinstance(cause, UploadCancelledError)
    assert (cause.outcome, cause.request_id) == ("applied", "1")


def test_a_cancelled_upload_is_cancelled_at_the_service(run: Run) -> None:
    stuck = threading.Event()

    async def work(client: AsyncClient) -> MetaStudioError:
        async with client:
            upload = client.upload(bytes(100_000), asset_id="a", file_name="a.mp4")
            return await cancelled(upload, stuck, SOON)

    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"PUT /", emulator.url, stuck.set) as url,
    ):
        cause = run(work(emulated(emulator, endpoint=url)))
        [file] = emulator.files()
    assert (file["state"], file["file_id"]) == ("CANCELLED", cause.file_id)
    assert (cause.stage, cause.cleanup, cause.outcome) == ("put", "done", "not_applied")


def test_cancelling_twice_ends_the_cleaning_up(run: Run) -> None:
    stuck, stuck_again = threading.Event(), threading.Event()

    async def work(client: AsyncClient) -> MetaStudioError:
        async with client:
            upload = client.upload(bytes(100_000), asset_id="a", file_name="a.mp4")
            task = asyncio.create_task(upload)
            await until(stuck)
            task.cancel()
            await until(stuck_again)
            wished = time.monotonic()
            task.cancel()
            cause = await cause_of(task)
            assert time.monotonic() - wished < PROMPT
            return cause

    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"/complete", emulator.url, stuck_again.set) as inner,
        proxy_that_sticks_at(b"PUT /", inner, stuck.set) as url,
    ):
        cause = run(work(emulated(emulator, endpoint=url)))
    assert (cause.stage, cause.cleanup) == ("put", "failed")


def test_a_cancelled_batch_tells_of_every_file(run: Run) -> None:
    stuck = threading.Event()

    async def work(client: AsyncClient) -> MetaStudioError:
        async with client:
            files = [metastudio.UploadItem(bytes(100_000), file_name=f"{n}.mp4") for n in range(4)]
            batch = client.upload_many(files, new_asset="VIDEO", concurrency=2)
            return await cancelled(batch, stuck, SOON)

    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"PUT /", emulator.url, stuck.set) as url,
    ):
        cause = run(work(emulated(emulator, endpoint=url)))
        assert {file["state"] for file in emulator.files()} == {"CANCELLED"}
    assert isinstance(cause, UploadCancelledError)
    assert [result.outcome for result in cause.results] == ["not_applied"] * 4


def test_a_handle_of_ones_own_cancels_too(run: Run) -> None:
    stuck = threading.Event()

    async def work(client: AsyncClient) -> str | None:
        handle = metastudio.CancelHandle()
        async with client:
            upload = client.upload(bytes(9), asset_id="a", file_name="a.mp4", cancel=handle)
            task = asyncio.create_task(upload)
            await until(stuck)
            handle.cancel()
            with pytest.raises(UploadCancelledError) as caught:
                await task
            return caught.value.cleanup

    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"PUT /", emulator.url, stuck.set) as url,
    ):
        assert run(work(emulated(emulator, endpoint=url))) == "done"


def test_who_leaves_the_block_by_an_exception_cancels_what_runs(run: Run) -> None:
    stuck = threading.Event()

    async def leave(client: AsyncClient) -> "asyncio.Task[Any]":
        with contextlib.suppress(ZeroDivisionError):
            async with client:
                upload = client.upload(bytes(9), asset_id="a", file_name="a.mp4")
                task = asyncio.create_task(upload)
                await until(stuck)
                raise ZeroDivisionError
        return task

    async def work(client: AsyncClient) -> str | None:
        task = await leave(client)
        with pytest.raises(UploadCancelledError) as caught:
            await task
        return caught.value.cleanup

    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"PUT /", emulator.url, stuck.set) as url,
    ):
        assert run(work(emulated(emulator, endpoint=url))) == "done"
        assert [file["state"] for file in emulator.files()] == ["CANCELLED"]


def test_aclose_waits_for_the_calls_under_way(run: Run) -> None:
    waits, go_on = threading.Event(), threading.Event()

    def hold() -> bytes:
        waits.set()
        assert go_on.wait(SECONDS)
        return b"HTTP/1.1 200 OK\r\nX-Request-Id: late\r\nContent-Length: 0\r\n\r\n"

    async def work(url: str) -> str:
        client = of(url)
        call = asyncio.create_task(client.confirm_file_upload(FILE_ID))
        await until(waits)
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0.05)
        assert not closing.done()
        go_on.set()
        await closing
        await client.aclose()
        return (await call).request_id

    with scripted_server(hold) as url:
        assert run(work(url)) == "late"


def test_a_loop_that_ends_cancels_its_calls(run: Run) -> None:
    """`asyncio.run` cancels the tasks that are left, and waits for them."""
    stuck = threading.Event()

    async def work(client: AsyncClient) -> list[asyncio.Task[Any]]:
        upload = client.upload(bytes(9), asset_id="a", file_name="a.mp4")
        left = [asyncio.create_task(upload)]
        await until(stuck)
        return left

    with (
        Emulator() as emulator,
        proxy_that_sticks_at(b"PUT /", emulator.url, stuck.set) as url,
    ):
        client = emulated(emulator, endpoint=url)
        [task] = run(work(client))
        assert task.cancelled()
        assert [file["state"] for file in emulator.files()] == ["CANCELLED"]
        run(client.aclose())


def test_callbacks_run_in_the_callers_context(run: Run) -> None:
    who = contextvars.ContextVar("who", default="nobody")
    seen = []

    async def work(url: str) -> None:
        async with of(url, on_attempt=lambda _: seen.append(who.get())) as client:
            who.set("me")
            await client.confirm_file_upload(FILE_ID)

    with scripted_server() as url:
        run(work(url))
    assert seen == ["me"]


def test_what_a_callback_raises_arrives_whatever_it_is(run: Run) -> None:
    def progress(*_: object) -> None:
        raise StopIteration

    async def work(client: AsyncClient) -> None:
        async with client:
            # What Python makes of it in every coroutine.
            with pytest.raises(RuntimeError, match="StopIteration"):
                await client.upload(b"x", asset_id="a", file_name="a.mp4", progress=progress)

    with Emulator() as emulator:
        run(work(emulated(emulator)))


def test_other_limits_share_the_threads(run: Run) -> None:
    async def work(url: str) -> None:
        async with of(url) as client:
            quick = client.with_options(max_attempts=1)
            await quick.confirm_file_upload(FILE_ID)
            await quick.aclose()
            with pytest.raises(metastudio.InvalidConfigError, match="was closed"):
                await quick.confirm_file_upload(FILE_ID)
            await client.confirm_file_upload(FILE_ID)

    with scripted_server() as url:
        run(work(url))


def test_after_a_fork_the_child_has_threads_of_its_own() -> None:
    async def confirm(client: AsyncClient) -> str:
        return (await client.confirm_file_upload(FILE_ID)).request_id

    good = b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with scripted_server(*[lambda: good] * 3) as url:
        client = of(url, max_workers=1)
        assert asyncio.run(confirm(client)) == "r"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if asyncio.run(asyncio.wait_for(confirm(client), 10)) == "r" else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert asyncio.run(confirm(client)) == "r"
        asyncio.run(client.aclose())


def test_bad_settings_are_refused() -> None:
    for bad in (0, 257, -1):
        with pytest.raises(metastudio.InvalidConfigError, match="max_workers must be 1 to 256"):
            of("https://localhost", max_workers=bad)
    with pytest.raises(TypeError, match="max_workers must be int"):
        of("https://localhost", max_workers=True)

    async def hook(_: object) -> None: ...

    with pytest.raises(TypeError, match="on_attempt is called on a thread"):
        of("https://localhost", on_attempt=hook)
    with pytest.raises(TypeError, match="can't be pickled; make one in each process"):
        pickle.dumps(of("https://localhost"))


def test_from_env_and_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METASTUDIO_REGION", "cn-north-4")
    client = AsyncClient.from_env(token="canary", max_workers=2)
    assert repr(client).startswith("AsyncClient(endpoint='https://")
    assert "canary" not in repr(client)


def test_the_options_are_those_of_the_client() -> None:
    own = inspect.signature(metastudio.Client).parameters
    assert list(ClientOptions.__annotations__) == list(own)
    limits = inspect.signature(metastudio.Client.with_options).parameters
    assert ["self", *CallLimits.__annotations__] == list(limits)
    public = {name for name in dir(metastudio.Client) if not name.startswith("_")}
    assert public - {"close"} <= set(dir(AsyncClient)), "something is missing"
    for name in ("confirm_file_upload", "upload", "upload_many"):
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))
        wanted = inspect.signature(getattr(metastudio.Client, name))
        assert inspect.signature(getattr(AsyncClient, name)) == wanted
