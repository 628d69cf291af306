"""Progress, cancelling and leaving a client's block (F50)."""

import contextlib
import copy
import io
import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio import CancelHandle, Client, UploadCancelledError
from metastudio.testing import Emulator

from child_servers import proxy_that_sticks_at

SIZE = 3 << 20
STAGES = ["inspect", "hash", "create", "put", "confirm", "review"]
SECONDS = 20


class Alarm(Exception):  # noqa: N818
    """What a caller's function raises."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"content!" * (SIZE // 8))
    return path


def states(emulator: Emulator) -> list[str]:
    return [file["state"] for file in emulator.files()]


@contextlib.contextmanager
def in_a_thread(work: Callable[[], object]) -> Iterator[list[BaseException]]:
    """What the work raised is there after the block."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield raised
    finally:
        thread.join(SECONDS)
        assert not thread.is_alive()


@pytest.mark.parametrize("in_main", [True, False])
def test_progress_tells_of_each_stage(
    metastudio_emulator: Emulator, clip: Path, in_main: bool
) -> None:
    client = metastudio_emulator.client()
    told: list[tuple[str, int, int]] = []
    threads: set[int] = set()

    def progress(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))
        threads.add(threading.get_ident())

    def work() -> None:
        client.upload(clip, asset_id="a1", verify=True, wait=0, progress=progress)
        threads.remove(threading.get_ident())

    if in_main:
        work()
    else:
        with in_a_thread(work) as raised:
            pass
        assert raised == []
    assert threads == set()
    order = list(dict.fromkeys(stage for stage, _, _ in told))
    assert order == [stage for stage in STAGES if stage in order]
    assert {"hash", "put", "confirm"} <= set(order)
    assert all(0 <= done <= total == SIZE for stage, done, total in told if stage != "inspect")
    assert ("confirm", SIZE, SIZE) in told


@pytest.mark.parametrize("error", [Alarm, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("stage", ["hash", "create", "put", "confirm"])
@pytest.mark.parametrize("in_main", [True, False])
def test_f50_an_exception_in_progress_cancels(
    metastudio_emulator: Emulator,
    clip: Path,
    stage: str,
    error: type[BaseException],
    in_main: bool,
) -> None:
    client = metastudio_emulator.client()
    calls: list[str] = []

    def progress(at: str, *_: int) -> None:
        calls.append(at)
        if at == stage:
            raise error

    def work() -> None:
        client.upload(clip, asset_id="a1", progress=progress)

    if in_main:
        with pytest.raises(error) as caught:
            work()
        raised = caught.value
    else:
        with in_a_thread(work) as found:
            pass
        [raised] = found
        assert type(raised) is error
    cause = raised.__cause__
    assert isinstance(cause, UploadCancelledError)
    # Not called again, after it has raised.
    assert calls.count(stage) == 1
    assert calls[-1] == stage
    assert cause.outcome == "not_applied"
    if cause.file_id is None:
        assert stage in ("hash", "create")
        assert states(metastudio_emulator) == []
    else:
        assert cause.cleanup == "done"
        assert states(metastudio_emulator) == ["CANCELLED"]
    # The client goes on.
    assert client.upload(clip, asset_id="a2").file_id


def test_f50_an_exception_that_comes_too_late_tells_of_the_file(
    metastudio_emulator: Emulator, clip: Path
) -> None:
    client = metastudio_emulator.client()

    def progress(stage: str, *_: int) -> None:
        if stage == "review":
            raise Alarm

    # The file is CREATED when its review is waited for.
    with pytest.raises(Alarm) as caught:
        client.upload(clip, asset_id="a1", wait=0, progress=progress)
    cause = caught.value.__cause__
    assert isinstance(cause, UploadCancelledError)
    [file] = metastudio_emulator.files()
    assert (cause.outcome, cause.file_id, cause.cleanup) == (
        "applied",
        file["file_id"],
        "forbidden",
    )
    assert file["state"] != "CANCELLED"


def test_f50_a_slow_function_breaks_nothing(metastudio_emulator: Emulator, clip: Path) -> None:
    client = metastudio_emulator.client()
    slept: list[str] = []

    def progress(stage: str, *_: int) -> None:
        if stage not in slept:
            slept.append(stage)
            time.sleep(1)

    client.upload(clip, asset_id="a1", progress=progress)
    assert states(metastudio_emulator) == ["CREATED"]
    assert {"hash", "put", "confirm"} <= set(slept)


@pytest.mark.parametrize("in_main", [True, False])
def test_f50_a_function_may_call_the_client(
    metastudio_emulator: Emulator, clip: Path, in_main: bool
) -> None:
    client = metastudio_emulator.client()
    inner: list[str] = []

    def progress(stage: str, *_: int) -> None:
        if stage == "put" and not inner:
            inner.append(stage)
            inner.append(client.upload(clip, asset_id="a2").file_id)
            client.with_options(max_attempts=1)
            client.close()

    def work() -> None:
        client.upload(clip, asset_id="a1", progress=progress)

    if in_main:
        work()
    else:
        with in_a_thread(work) as raised:
            pass
        assert raised == []
    assert states(metastudio_emulator) == ["CREATED", "CREATED"]


def test_progress_is_not_told_more_than_ten_times_a_second(
    metastudio_emulator: Emulator,
) -> None:
    client = metastudio_emulator.client()
    at: list[float] = []

    class Slow(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            time.sleep(0.005)
            return super().read(20_000)

    client.upload(
        Slow(bytes(SIZE)),
        asset_id="a1",
        file_name="a.mp4",
        progress=lambda *_: at.append(time.monotonic()),
    )
    # A little less than a second, for the clock here is read a little later than the other one.
    assert len(at) > 5
    assert max(sum(0 <= other - one < 0.95 for other in at) for one in at) <= 10


def test_other_threads_get_on_meanwhile(metastudio_emulator: Emulator, tmp_path: Path) -> None:
    # Large enough to be read for a while, and an answer that is waited for.
    clip = tmp_path / "clip.mp4"
    with clip.open("wb") as file:
        file.truncate(1 << 27)
    metastudio_emulator.fail("put", how="latency", delay=0.3)
    done = threading.Event()
    ticks = Counter[str]()
    stage = "none"

    def tick() -> None:
        while not done.is_set():
            ticks[stage] += 1
            time.sleep(0)

    def progress(now: str, *_: int) -> None:
        nonlocal stage
        stage = now

    with in_a_thread(tick) as raised:
        try:
            metastudio_emulator.client().upload(clip, asset_id="a1", progress=progress)
        finally:
            done.set()
    assert raised == []
    assert ticks["hash"] > 0
    assert ticks["put"] > 0


def test_a_cancel_handle(metastudio_emulator: Emulator, clip: Path) -> None:
    handle = CancelHandle()
    assert (handle.is_cancelled, repr(handle)) == (False, "<CancelHandle is_cancelled=False>")
    with proxy_that_sticks_at(b"PUT /", metastudio_emulator.url, handle.cancel) as url:
        client = metastudio_emulator.client(endpoint=url)
        with pytest.raises(UploadCancelledError) as caught:
            client.upload(clip, asset_id="a1", cancel=handle)
        assert (caught.value.stage, caught.value.cleanup) == ("put", "done")
        assert states(metastudio_emulator) == ["CANCELLED"]
        # A used one stays used.
        assert handle.is_cancelled
        with pytest.raises(UploadCancelledError):
            client.upload(clip, asset_id="a1", cancel=handle)
    with pytest.raises(TypeError, match=r"^cancel must be metastudio\.CancelHandle, not Event"):
        client.upload(clip, asset_id="a1", cancel=threading.Event())  # type: ignore[arg-type]


@pytest.mark.parametrize("normally", [False, True])
def test_leaving_the_block_by_an_exception_cancels_other_threads_calls(
    metastudio_emulator: Emulator, clip: Path, normally: bool
) -> None:
    stuck, seen = threading.Event(), threading.Event()

    def end_of_block() -> None:
        if not normally:
            raise Alarm

    def work(client: Client) -> None:
        try:
            client.upload(clip, asset_id="a1", cancel=handle)
        finally:
            seen.set()

    handle = CancelHandle()
    other = metastudio_emulator.client()
    with proxy_that_sticks_at(b"PUT /", metastudio_emulator.url, stuck.set) as url:
        client = metastudio_emulator.client(endpoint=url)
        with in_a_thread(lambda: work(client)) as raised:
            leave = contextlib.nullcontext() if normally else pytest.raises(Alarm)
            with leave, client:
                assert stuck.wait(SECONDS)
                end_of_block()
            if normally:
                assert states(metastudio_emulator) == ["CREATING"]
                handle.cancel()
            else:
                # Waited for: the file is settled.
                assert seen.is_set()
                assert states(metastudio_emulator) == ["CANCELLED"]
    [error] = raised
    assert isinstance(error, UploadCancelledError)
    assert (error.stage, error.cleanup) == ("put", "done")
    with pytest.raises(metastudio.InvalidConfigError, match="closed"):
        client.upload(clip, asset_id="a1")
    # Other clients don't notice.
    assert other.upload(clip, asset_id="a2").file_id


def test_leaving_the_block_within_a_call_of_this_thread_waits_for_nobody(
    metastudio_emulator: Emulator, clip: Path
) -> None:
    client = metastudio_emulator.client()
    left: list[float] = []

    def progress(stage: str, *_: int) -> None:
        if stage == "put" and not left:
            start = time.monotonic()
            with pytest.raises(Alarm), client:
                raise Alarm
            left.append(time.monotonic() - start)

    client.upload(clip, asset_id="a1", progress=progress)
    assert left[0] < 1
    assert states(metastudio_emulator) == ["CREATED"]


@pytest.mark.parametrize("name", ["progress", "on_result"])
def test_what_is_no_function(metastudio_emulator: Emulator, clip: Path, name: str) -> None:
    client = metastudio_emulator.client()
    wrong: dict[str, Any] = {name: 1}
    with pytest.raises(TypeError, match=f"^{name} must be callable, not int"):
        client.upload_many([clip], asset_id="a1", **wrong)
    assert metastudio_emulator.files() == []


def test_an_upload_error_survives_pickle_and_copy(
    metastudio_emulator: Emulator, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"picture")
    with proxy_that_sticks_at(b"PUT /", metastudio_emulator.url, lambda: None) as url:
        client = metastudio_emulator.client(endpoint=url, stall_timeout=0.3, max_attempts=1)
        with pytest.raises(metastudio.CallTimeoutError) as caught:
            client.upload(picture, new_asset="IMAGE", delete_asset_on_failure=True)
    error = caught.value
    assert (error.stage, error.cleanup, error.asset_cleanup) == ("put", "done", "deleted")
    assert error.new_asset
    assert error.possible_orphans == ()
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert vars(twin) == vars(error)
        assert twin.new_asset == error.new_asset
