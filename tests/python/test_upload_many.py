"""Many files in one call."""

import copy
import io
import pickle
import threading
import time
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio import (
    CancelHandle,
    UploadCancelledError,
    UploadItem,
    UploadManyError,
    UploadResult,
)
from metastudio.testing import Emulator

from child_servers import proxy_that_cuts_at, proxy_that_sticks_at

COUNT = 12


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"clip-{number:02}.mp4" for number in range(COUNT)]
    for number, path in enumerate(paths):
        # The first are the largest, so that they aren't the first to end.
        path.write_bytes(bytes([number]) * (200_000 * (COUNT - number)))
    return paths


def states(emulator: Emulator) -> list[str]:
    return sorted(file["state"] for file in emulator.files())


@pytest.mark.parametrize("concurrency", [1, 4, 64])
def test_results_come_in_the_files_order(
    metastudio_emulator: Emulator, clips: list[Path], concurrency: int
) -> None:
    shown: dict[int, UploadResult] = {}
    told: list[tuple[str, int, int]] = []
    results = metastudio_emulator.client().upload_many(
        clips,
        new_asset="VIDEO",
        concurrency=concurrency,
        on_result=shown.__setitem__,
        progress=lambda *at: told.append(at),
    )
    assert [it.subject for it in results] == [str(path) for path in clips]
    for number, (result, path) in enumerate(zip(results, clips, strict=True)):
        assert result is shown[number]
        assert result.uploaded is not None
        assert (result.error, result.outcome) == (None, "applied")
        assert result.file_id == result.uploaded.file_id
        assert metastudio_emulator.file_body(result.uploaded.file_id) == path.read_bytes()
    assert len({it.uploaded.asset_id for it in results if it.uploaded}) == COUNT
    total = sum(path.stat().st_size for path in clips)
    assert told[-1] == ("upload", total, total)
    assert {stage for stage, _, _ in told} == {"upload"}


def test_each_file_has_options_and_an_outcome_of_its_own(
    metastudio_emulator: Emulator, clips: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"text")
    with clips[2].open("rb") as file:
        files: list[Any] = [
            clips[0],
            UploadItem(clips[1], asset_id="a1", file_name="one.mp4"),
            UploadItem(file, new_asset="COMMON_FILE", file_type="bin"),
            UploadItem(b"\x89PNG", asset_id="a1", category="COVER", file_name="cover.png"),
            tmp_path / "missing.mp4",
            bad,
            UploadItem(io.BytesIO(b"other"), asset_id="a2", file_name="b.mp4"),
        ]
        client = metastudio_emulator.client()
        results = client.upload_many(iter(files), new_asset="VIDEO", app_user_id="u")
    assert [it.outcome for it in results] == ["applied"] * 4 + ["not_applied"] * 2 + ["applied"]
    missing, refused = results[4].error, results[5].error
    assert isinstance(missing, metastudio.SourceError)
    assert isinstance(refused, metastudio.InvalidInputError)
    assert "file_type" in str(refused)
    assert (results[4].uploaded, results[4].file_id) == (None, None)
    seen = {it["file_id"]: it for it in metastudio_emulator.files()}
    one, cover = seen[results[1].file_id], seen[results[3].file_id]
    assert (one["asset_id"], one["file_name"], one["category"]) == ("a1", "one.mp4", "MAIN")
    assert (cover["asset_id"], cover["category"]) == ("a1", "COVER")
    assert seen[results[2].file_id]["file_type"] == "bin"
    assert {it["app_user_id"] for it in seen.values()} == {"u"}
    assert metastudio_emulator.file_body(str(results[6].file_id)) == b"other"


def test_none_and_the_same_file_twice(metastudio_emulator: Emulator, clips: list[Path]) -> None:
    client = metastudio_emulator.client()
    assert client.upload_many([]) == []
    results = client.upload_many([clips[-1], clips[-1]], new_asset="VIDEO")
    assert len({it.file_id for it in results}) == 2


@pytest.mark.parametrize(
    ("files", "options", "text"),
    [
        (["a.mp4", "b.mp4"], {"asset_id": "a1"}, "MAIN is wanted twice for asset a1"),
        (["a.mp4"], {}, "asset_id or new_asset is needed"),
        (["a.mp4"], {"asset_id": "a1", "new_asset": "VIDEO"}, "exclude each other"),
        (["a.mp4", b"bytes"], {"new_asset": "VIDEO"}, "file_name is needed"),
        ([UploadItem("a.mp4", file_size=1)], {"asset_id": "a1"}, "go together"),
        ([UploadItem("a.mp4", asset_id="..")], {}, "asset_id"),
        ([UploadItem("a.mp4", category="main")], {"asset_id": "a1"}, "category"),
        (["a.mp4"], {"new_asset": "video"}, "asset_type"),
        (["a.mp4"], {"asset_id": "a1", "concurrency": 0}, "concurrency"),
        (["a.mp4"], {"asset_id": "a1", "concurrency": 65}, "concurrency"),
        (["a.mp4"], {"asset_id": "a1", "concurrency": -1}, "concurrency"),
        (["a.mp4"], {"asset_id": "a1", "rate": 0}, "rate"),
        (["a.mp4"], {"asset_id": "a1", "rate": float("nan")}, "rate"),
        (["a.mp4"], {"asset_id": "a1", "rate": 10**400}, "rate"),
        (["a.mp4"], {"asset_id": "a1", "rate": "fast"}, "rate"),
        (["a.mp4"], {"asset_id": "a1", "wait": -1}, "wait"),
        (["a.mp4"], {"asset_id": "a1", "spool_limit": -1}, "spool_limit"),
        (
            [UploadItem(io.BytesIO(b"x"), file_name="a.mp4")] * 2,
            {"new_asset": "VIDEO"},
            "the same file object is given twice",
        ),
    ],
)
def test_what_can_not_be_right_is_refused_before_anything_is_sent(
    metastudio_emulator: Emulator, files: Any, options: dict[str, Any], text: str
) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(metastudio.InvalidInputError, match=text) as caught:
        client.upload_many(files, **options)
    assert "nothing was sent" in str(caught.value)
    assert metastudio_emulator.files() == []


@pytest.mark.parametrize(
    ("files", "options", "text"),
    [
        ("a.mp4", {}, "files must be an iterable"),
        (b"a.mp4", {}, "files must be an iterable"),
        (Path("a.mp4"), {}, "files must be an iterable"),
        (io.BytesIO(), {}, "files must be an iterable"),
        ({"a.mp4": 1}, {}, "files must be an iterable"),
        (1, {}, "files must be an iterable"),
        ([1], {}, "source must be"),
        ([{"source": "a.mp4"}], {}, "source must be"),
        ([UploadItem(1)], {}, "source must be"),  # type: ignore[arg-type]
        (["a.mp4"], {"rate": True}, "rate must be"),
        (["a.mp4"], {"concurrency": 1.0}, "concurrency must be int"),
        (["a.mp4"], {"category": None}, "category must be str"),
        (["a.mp4"], {"verify": 1}, "verify must be bool"),
        (["a.mp4"], {"raise_on_error": "no"}, "raise_on_error must be bool"),
        (["a.mp4"], {"file_name": "a.mp4"}, "unexpected keyword argument 'file_name'"),
        (["a.mp4"], {"\ud800": 1}, "unexpected keyword argument"),
    ],
)
def test_wrong_types(
    metastudio_emulator: Emulator, files: Any, options: dict[str, Any], text: str
) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(TypeError, match=text):
        client.upload_many(files, **({"new_asset": "VIDEO"} | options))
    assert metastudio_emulator.files() == []


def test_an_iterable_that_raises_is_heard(metastudio_emulator: Emulator, clips: list[Path]) -> None:
    def files() -> Any:
        yield clips[0]
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        metastudio_emulator.client().upload_many(files(), new_asset="VIDEO")
    assert metastudio_emulator.files() == []


def test_all_errors_in_one_exception(metastudio_emulator: Emulator, clips: list[Path]) -> None:
    wrong = clips[0].with_name("a.txt")
    wrong.write_bytes(b"text")
    files: list[Path | str] = [clips[0], "missing.mp4", str(wrong), clips[1]]
    with pytest.raises(UploadManyError) as caught:
        metastudio_emulator.client().upload_many(files, new_asset="VIDEO", raise_on_error=True)
    error = caught.value
    assert isinstance(error, metastudio.MetaStudioError)
    assert error.message.startswith("2 of 4 files failed, the first: Upload of file missing.mp4")
    assert [it.outcome for it in error.results] == [
        "applied",
        "not_applied",
        "not_applied",
        "applied",
    ]
    assert error.exceptions == tuple(it.error for it in error.results if it.error)
    kinds: list[str] = []
    try:
        raise error
    except* metastudio.SourceError as group:
        kinds += [type(it).__name__ for it in group.exceptions]
    except* ValueError as group:
        kinds += [type(it).__name__ for it in group.exceptions]
    assert kinds == ["SourceError", "InvalidInputError"]
    error.add_note("seen at night")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is UploadManyError
        assert (str(twin), twin.__notes__) == (str(error), ["seen at night"])
        assert [it.outcome for it in twin.results] == [it.outcome for it in error.results]
        assert [str(it) for it in twin.exceptions] == [str(it) for it in error.exceptions]
    # Nothing to raise.
    done = metastudio_emulator.client().upload_many(
        clips[:2], new_asset="VIDEO", raise_on_error=True
    )
    assert len(done) == 2


def test_results_can_be_pickled(metastudio_emulator: Emulator, clips: list[Path]) -> None:
    results = metastudio_emulator.client().upload_many(
        [clips[-1], "missing.mp4"], new_asset="VIDEO"
    )
    for result, twin in zip(results, pickle.loads(pickle.dumps(results)), strict=True):
        assert (twin.subject, twin.outcome, twin.file_id) == (
            result.subject,
            result.outcome,
            result.file_id,
        )
        assert twin.uploaded == result.uploaded
        assert repr(twin) == repr(result)
    item = UploadItem(b"secret content", file_name="a.mp4", category="COVER")
    assert repr(item) == "UploadItem(<bytes>, category='COVER', file_name='a.mp4')"


@pytest.mark.parametrize("name", ["progress", "on_result"])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_f50_an_exception_of_a_callback_cancels_the_rest(
    metastudio_emulator: Emulator, clips: list[Path], name: str, error: type[BaseException]
) -> None:
    calls: list[object] = []

    def callback(*_: object) -> None:
        calls.append(None)
        raise error

    client = metastudio_emulator.client()
    options: dict[str, Any] = {name: callback}
    with pytest.raises(error) as caught:
        client.upload_many(clips, new_asset="VIDEO", concurrency=1, **options)
    assert len(calls) == 1
    cause = caught.value.__cause__
    assert isinstance(cause, UploadCancelledError)
    assert [it.subject for it in cause.results] == [str(path) for path in clips]
    created = sum(it.outcome == "applied" for it in cause.results)
    assert f"{created} of {COUNT} files are CREATED" in str(cause)
    assert states(metastudio_emulator).count("CREATED") == created < COUNT
    assert set(states(metastudio_emulator)) <= {"CREATED", "CANCELLED"}
    assert client.upload(clips[-1], asset_id="a1").file_id


def test_cancelling_from_another_thread_gives_all_results(
    metastudio_emulator: Emulator, clips: list[Path]
) -> None:
    handle = CancelHandle()
    with proxy_that_sticks_at(b"PUT /", metastudio_emulator.url, handle.cancel) as url:
        client = metastudio_emulator.client(endpoint=url)
        results = client.upload_many(clips, new_asset="VIDEO", cancel=handle)
    assert len(results) == COUNT
    assert {type(it.error) for it in results} == {UploadCancelledError}
    begun = {it.file_id for it in results if it.file_id}
    assert begun
    assert begun == {file["file_id"] for file in metastudio_emulator.files()}
    assert set(states(metastudio_emulator)) == {"CANCELLED"}


def test_file_objects_are_read_on_other_threads(metastudio_emulator: Emulator) -> None:
    readers: set[int] = set()

    class Noting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            readers.add(threading.get_ident())
            return super().read(size)

        def seekable(self) -> bool:
            return self.getvalue()[0] % 2 == 0

    files = [
        UploadItem(Noting(bytes([n]) * 300_000), file_name=f"{n}.mp4", new_asset="VIDEO")
        for n in range(8)
    ]
    results = metastudio_emulator.client().upload_many(files)
    for number, result in enumerate(results):
        assert metastudio_emulator.file_body(str(result.file_id)) == bytes([number]) * 300_000
    assert threading.get_ident() not in readers


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_f44_a_read_that_raises_on_another_thread(
    metastudio_emulator: Emulator, clips: list[Path], error: type[BaseException]
) -> None:
    class Raising(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise error("boom")

    files: list[Any] = [UploadItem(Raising(b"x"), file_name="a.mp4"), clips[-1]]
    client = metastudio_emulator.client()
    if error is ValueError:
        first, second = client.upload_many(files, new_asset="VIDEO")
        assert isinstance(first.error, metastudio.SourceError)
        assert isinstance(first.error.__cause__, ValueError)
        assert second.outcome == "applied"
        return
    with pytest.raises(KeyboardInterrupt) as caught:
        client.upload_many(files, new_asset="VIDEO")
    assert isinstance(caught.value.__cause__, UploadCancelledError)


def test_calls_are_paced(metastudio_emulator: Emulator, clips: list[Path]) -> None:
    """At two calls a second of a kind, the fourth one of a kind comes after 1.5 seconds."""
    client = metastudio_emulator.client()
    start = time.monotonic()
    client.upload_many(clips[-2:], new_asset="VIDEO", rate=2)
    assert time.monotonic() - start >= 1.5
    assert states(metastudio_emulator) == ["CREATED", "CREATED"]
    assert client.upload_many(clips[-1:], new_asset="VIDEO", rate=None)[0].uploaded


def test_an_unknown_outcome_counts(metastudio_emulator: Emulator, clips: list[Path]) -> None:
    with proxy_that_cuts_at(b"/digital-assets", metastudio_emulator.url) as url:
        client = metastudio_emulator.client(endpoint=url, max_attempts=1)
        with pytest.raises(UploadManyError) as caught:
            client.upload_many(clips[:2], new_asset="VIDEO", raise_on_error=True)
    assert caught.value.outcome == "unknown"
