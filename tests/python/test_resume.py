"""Journals of uploads, files that are left open, and resume, as Python sees them."""

import json
import pickle
from pathlib import Path

import metastudio
import pytest
from metastudio import UploadItem
from metastudio.testing import Emulator


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.mp4" for number in range(4)]
    for path in paths:
        path.write_text(f"content of {path.name}")
    return paths


def states(emulator: Emulator) -> list[str]:
    return [file["state"] for file in emulator.files()]


def test_an_upload_keeps_a_journal(files: list[Path], tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with Emulator() as emulator:
        client = emulator.client()
        done = client.upload_many(files, new_asset="VIDEO", journal=journal)
        again = resumed(client.resume(journal))
        assert [it.file_id for it in again] == [it.file_id for it in done]
        assert {(it.what, it.state, it.outcome, it.error) for it in again} == {
            ("done", "CREATED", "applied", None)
        }
        assert [it.subject for it in again] == [str(path) for path in files]
        # Nothing was sent for it.
        assert len(emulator.files()) == 4
        with pytest.raises(metastudio.JournalError, match="is there already: resume it"):
            client.upload_many(files, new_asset="VIDEO", journal=journal)
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    assert (lines[0]["journal"], lines[0]["kind"]) == ("metastudio", "upload")


def test_files_are_left_open(files: list[Path]) -> None:
    with Emulator() as emulator:
        client = emulator.client()
        results = client.upload_many(files, asset_id="a1", category="OTHER", confirm=False)
        assert {it.outcome for it in results} == {"applied"}
        assert {it.uploaded.state for it in results if it.uploaded} == {None}
        assert states(emulator) == ["CREATING"] * 4
        assert all(file["put"] for file in emulator.files())
        list(client.confirm_many([str(it.file_id) for it in results]))
        assert states(emulator) == ["CREATED"] * 4


def test_what_is_open_is_cancelled(files: list[Path], tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with Emulator() as emulator:
        client = emulator.client()
        done = client.upload_many(
            files, asset_id="a1", category="OTHER", journal=journal, confirm=False
        )
        assert {it.what for it in resumed(client.resume(journal))} == {"left_open"}
        results = resumed(client.resume(str(journal), cancel_open=True, concurrency=2, rate=None))
        assert [it.file_id for it in results] == [it.file_id for it in done]
        assert {(it.what, it.state, it.outcome) for it in results} == {
            ("cancelled", "CANCELLED", "not_applied")
        }
        assert states(emulator) == ["CANCELLED"] * 4


def test_what_is_kept_is_no_orphan(files: list[Path], tmp_path: Path) -> None:
    lost, known = tmp_path / "lost.jsonl", tmp_path / "known.jsonl"
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
        emulator.fail("create", how="reset", at="received")

        def upload(journal: Path) -> metastudio.UploadResult:
            [result] = client.upload_many(
                files[:1],
                asset_id="a1",
                category="OTHER",
                cancel_orphan=True,
                journal=journal,
                confirm=False,
            )
            return result

        assert upload(lost).outcome == "unknown"
        # The same content in the same asset: what the lost one would look like.
        file_id = str(upload(known).file_id)
        [result] = resumed(client.resume(lost, cancel_open=True, keep=[file_id]))
        assert (result.what, result.orphan_ids) == ("cancelled", ())
        [result] = resumed(client.resume(known, cancel_open=True, keep=[file_id]))
        assert (result.what, result.file_id) == ("left_open", file_id)
        assert states(emulator) == ["CREATING"]
        client.resume(lost, cancel_open=True)
        assert states(emulator) == ["CANCELLED"]


def test_an_upload_that_was_broken_off_is_made_anew(files: list[Path], tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
        emulator.fail("create", how="reset", at="answer")
        [failed] = client.upload_many(files[:1], asset_id="a1", category="OTHER", journal=journal)
        assert failed.outcome == "unknown"
        [result] = resumed(client.resume(journal))
        assert (result.what, result.state, result.outcome) == ("uploaded", "CREATED", "applied")
        size = files[0].stat().st_size
        [orphan] = result.possible_orphans
        assert (orphan["asset_id"], orphan["file_name"], orphan["file_size"]) == (
            "a1",
            "0.mp4",
            size,
        )
        [first, second] = emulator.files()
        assert result.orphan_ids == (first["file_id"],)
        assert result.file_id == second["file_id"]
        copied = pickle.loads(pickle.dumps(result))
        assert repr(copied) == repr(result)
        assert (copied.possible_orphans, copied.orphan_ids) == (
            result.possible_orphans,
            result.orphan_ids,
        )


def test_a_failure_is_told(files: list[Path], tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
        emulator.fail("put", status=500)
        client.upload_many(files[:1], asset_id="a1", journal=journal)
        files[0].unlink()
        [result] = resumed(client.resume(journal))
        assert (result.what, result.outcome) == ("failed", "not_applied")
        assert isinstance(result.error, metastudio.SourceError)


def test_a_journal_of_confirmations_is_finished(tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
        item = UploadItem(b"content", file_name="a.bin")
        [left] = client.upload_many([item], asset_id="a1", confirm=False)
        emulator.fail("confirm", status=503)
        [failed] = client.confirm_many([str(left.file_id)], journal=journal)
        assert failed.outcome == "unknown"
        with pytest.raises(metastudio.InvalidInputError, match="cancel_open is for journals of up"):
            client.resume(journal, cancel_open=True)
        results = client.resume(journal)
        assert isinstance(results, metastudio.ConfirmResults)
        assert [(it.file_id, it.outcome) for it in results] == [(left.file_id, "applied")]
        assert states(emulator) == ["CREATED"]
        assert list(client.resume(journal)) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "can't be opened"), ("", "is empty"), ("{}\n", "is no header of a journal")],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "run.jsonl"
    if content is not None:
        path.write_text(content)
    with Emulator() as emulator:
        with pytest.raises(metastudio.JournalError, match=words) as refused:
            emulator.client().resume(path)
        assert str(path) in str(refused.value)
        assert not emulator.requests()


def test_wrong_arguments(files: list[Path], tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with Emulator() as emulator:
        client = emulator.client()
        with pytest.raises(TypeError, match=r"resume\(\) got an unexpected keyword argument 'x'"):
            client.resume(journal, x=1)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="keep must be an iterable of str"):
            client.resume(journal, keep="abc")
        with pytest.raises(metastudio.InvalidInputError, match=r"\.\."):
            client.resume(journal, keep=[".."])
        with pytest.raises(TypeError, match="path must be"):
            client.resume(5)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="confirm must be"):
            client.upload_many(files, asset_id="a1", confirm=1)  # type: ignore[arg-type]
        content = UploadItem(b"content", file_name="a.bin")
        with pytest.raises(metastudio.InvalidInputError, match="path"):
            client.upload_many([content], asset_id="a1", journal=journal)
        for rate in ("documented/0", "documented/", "documented/x", "fast"):
            with pytest.raises(metastudio.InvalidInputError, match="one of N processes"):
                client.upload_many(files, new_asset="VIDEO", rate=rate)
        assert not emulator.requests()


def test_the_documented_rate_is_shared(files: list[Path]) -> None:
    with Emulator() as emulator:
        results = emulator.client().upload_many(files, new_asset="VIDEO", rate="documented/8")
        assert {it.outcome for it in results} == {"applied"}


def resumed(
    results: "list[metastudio.ResumeResult] | metastudio.ConfirmResults",
) -> list[metastudio.ResumeResult]:
    assert isinstance(results, list)
    return results
