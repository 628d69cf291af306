"""`metastudio.testing`: what users order to go wrong, and what they see of it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio.testing import Emulator

CONTENT = b"x" * 3_000_000


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    return path


def create(emulator: Emulator) -> metastudio.CreatedFile:
    number = len(emulator.files())
    client = emulator.client(max_attempts=1)
    return client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id=f"a{number}")


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_line_that_breaks_in_the_content_is_made_good(
    emulator: Emulator, clip: Path, how: str
) -> None:
    broken = emulator.fail("put", how=how, after_bytes=1_000_000)
    uploaded = emulator.client().upload(clip, asset_id="a1")
    assert emulator.fired(broken) == 1
    assert emulator.file_body(uploaded.file_id) == CONTENT
    operations = [request["operation"] for request in emulator.requests()]
    assert operations == ["create", "put", "put", "confirm"]
    assert [request["status"] for request in emulator.requests()] == [200, None, 200, 200]


@pytest.mark.parametrize(
    ("at", "state"), [("body", "CREATING"), ("received", "CREATING"), ("answer", "FAILED")]
)
def test_a_lost_confirmation_is_told_from_a_lost_answer(
    emulator: Emulator, at: str, state: str
) -> None:
    file_id = create(emulator).file_id
    lost = emulator.fail("confirm", how="reset", at=at)
    with pytest.raises(metastudio.MetaStudioError) as caught:
        emulator.client(max_attempts=1).confirm_file_upload(file_id, "FAILED")
    assert caught.value.outcome == "unknown"
    assert emulator.files()[0]["state"] == state
    assert emulator.fired(lost) == 1


def test_silence_is_a_timeout(emulator: Emulator) -> None:
    file_id = create(emulator).file_id
    emulator.fail("confirm", how="black_hole", times=None)
    client = emulator.client(attempt_timeout=0.2, max_attempts=2)
    with pytest.raises(TimeoutError):
        client.confirm_file_upload(file_id, "FAILED")
    [fault] = emulator.faults()
    assert (fault["fired"], fault["times"]) == (2, None)
    emulator.clear_faults()
    assert emulator.faults() == []
    client.confirm_file_upload(file_id, "FAILED")


def test_answers_of_the_service(emulator: Emulator) -> None:
    file_id = create(emulator).file_id
    client = emulator.client(max_attempts=1)
    emulator.fail("confirm", status=429, retry_after=7)
    with pytest.raises(metastudio.RateLimitedError) as caught:
        client.confirm_file_upload(file_id, "FAILED")
    assert caught.value.retry_after == 7
    emulator.fail("confirm", status=200, body="<html>log in</html>", request_id=False)
    with pytest.raises(metastudio.MetaStudioError) as unexpected:
        client.confirm_file_upload(file_id, "FAILED")
    assert unexpected.value.outcome == "unknown"
    assert emulator.files()[0]["state"] == "CREATING"
    emulator.fail("confirm", status=500, applied=True)
    with pytest.raises(metastudio.MetaStudioError):
        client.confirm_file_upload(file_id, "FAILED")
    assert emulator.files()[0]["state"] == "FAILED"


def test_answers_of_the_object_store(emulator: Emulator, clip: Path) -> None:
    slow_down = emulator.fail("put", code="SlowDown", times=2)
    emulator.client().upload(clip, asset_id="a1")
    assert emulator.fired(slow_down) == 2
    emulator.fail("put", code="BadDigest")
    with pytest.raises(metastudio.MetaStudioError, match="BadDigest"):
        emulator.client().upload(clip, asset_id="a2")


def test_faults_can_be_looked_at(emulator: Emulator) -> None:
    first = emulator.fail("put", how="truncate", after_bytes=12, file_id="f")
    second = emulator.fail(how="latency", delay=0.5, at="connect", times=3)
    assert emulator.faults() == [
        {
            "id": first,
            "operation": "put",
            "how": "truncate",
            "at": "answer",
            "after_bytes": 12,
            "file_id": "f",
            "times": 1,
            "fired": 0,
        },
        {
            "id": second,
            "operation": "any",
            "how": "latency",
            "at": "connect",
            "after_bytes": None,
            "file_id": None,
            "times": 3,
            "fired": 0,
        },
    ]
    with urllib.request.urlopen(f"{emulator.url}/_emulator/faults") as answer:
        # The page met the fault of new connections.
        assert [fault["fired"] for fault in json.load(answer)["faults"]] == [0, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"operation": "fetch", "how": "reset"}, "create_large"),
        ({"how": "explode"}, "black_hole"),
        ({}, "how is missing"),
        ({"how": "reset", "at": "nowhere"}, "answer_body"),
        ({"how": "reset", "times": 0}, "1 or more"),
        ({"how": "reset", "after_bytes": -1}, "after_bytes must be"),
        ({"how": "reset", "delay": 1}, "takes no delay"),
        ({"how": "latency"}, "needs delay"),
        ({"how": "latency", "delay": float("nan")}, "JSON"),
        ({"how": "bandwidth", "bytes_per_second": 0}, "1 or more"),
        ({"status": 99}, "200 to 999"),
        ({"status": 503, "after_bytes": 1}, "faults of the line"),
        ({"how": "reset", "file_id": "\ud800"}, "JSON"),
    ],
)
def test_words_that_mean_nothing(emulator: Emulator, words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        emulator.fail(**words)
    assert emulator.faults() == []


def test_a_review_goes_as_ordered(emulator: Emulator, clip: Path) -> None:
    emulator.set_review(uploaded=1, review=1, ends="BLOCK")
    emulator.client().upload(clip, asset_id="a1")
    assert emulator.files()[0]["state"] == "UPLOADED"
    [asset] = emulator.assets()
    assert (asset["asset_id"], asset["state"]) == ("a1", "UNACTIVED")
    with pytest.raises(ValueError, match="BLOCK"):
        emulator.set_review(ends="DONE")
    with pytest.raises(ValueError, match="number"):
        emulator.set_review(review=-1)


def test_a_fault_over_http(emulator: Emulator) -> None:
    def ask(method: str, body: bytes | None = None) -> Any:
        url = f"{emulator.url}/_emulator/faults"
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method)) as answer:
            return json.load(answer)

    number = ask("POST", b'{"operation": "create", "status": 503}')["id"]
    with pytest.raises(metastudio.MetaStudioError):
        create(emulator)
    assert emulator.fired(number) == 1
    with pytest.raises(urllib.error.HTTPError, match="400"):
        ask("POST", b"no fault")
    assert ask("DELETE") == {}
    assert emulator.faults() == []


def test_after_its_end_it_says_so() -> None:
    with Emulator() as ended:
        pass
    for ask in (ended.faults, ended.clear_faults, ended.requests, ended.assets, ended.set_review):
        with pytest.raises(RuntimeError, match="the emulator was stopped"):
            ask()
    with pytest.raises(RuntimeError, match="the emulator was stopped"):
        ended.fail(how="reset")
