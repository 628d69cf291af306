"""Attempts that come too late, and journals that nobody sees: what no engine does on demand."""

import json

import pyarrow as pa
import pytest
from metastudio import UploadCancelledError, UploadManyError
from metastudio._job import OPTIONS, Attempt, Job
from metastudio._worker import Worker

from conftest import Service


@pytest.fixture
def job(service: Service) -> Job:
    options = {**service.options, "journal_dir": service.journals, "workers": 1}
    return Job(Worker({**options, "asset_id": "a1", "category": "OTHER"}, OPTIONS))


def rows(count: int, name: str) -> pa.Table:
    names = [f"{name}-{number}.bin" for number in range(count)]
    return pa.table({"content": [it.encode() for it in names], "file_name": names})


def uploaded(job: Job, name: str) -> Attempt:
    with job.worker.client() as client, job.attempt(client, name, "0") as attempt:
        job.upload(client, attempt, rows(3, name))
    return attempt


def test_an_attempt_that_does_not_count_is_cancelled(service: Service, job: Job) -> None:
    uploaded(job, "slow")
    job.commit([uploaded(job, "quick")])
    assert service.names("CREATED") == [f"quick-{number}.bin" for number in range(3)]
    assert service.names("CANCELLED") == [f"slow-{number}.bin" for number in range(3)]
    assert (service.report()["created"], service.report()["cancelled"]) == (3, 3)


def test_an_attempt_that_goes_on_after_the_end_uploads_nothing(service: Service, job: Job) -> None:
    late = uploaded(job, "late")
    job.commit([uploaded(job, "quick")])
    with (
        job.worker.client() as client,
        pytest.raises(UploadCancelledError, match="without this attempt"),
    ):
        job.upload(client, late, rows(3, "later"))
    assert {file["file_name"][:5] for file in service.emulator.files().values()} == {
        "late-",
        "quick",
    }


def test_a_retry_finds_what_a_dead_attempt_has_left(service: Service, job: Job) -> None:
    table = pa.table(
        {
            "content": [b"content"],
            "file_name": ["a.mp4"],
            "asset_id": ["a2"],
            "category": ["MAIN"],
        }
    )
    with job.worker.client() as client:
        dead = Attempt("part", "0")
        (job.path / "part-0.lock").touch()
        job.upload(client, dead, table)
        with job.attempt(client, "part", "1") as retry:
            job.upload(client, retry, table)
        # Who has ended well may count, so a third one leaves it alone; there is one main file.
        with (
            pytest.raises(UploadManyError, match="has a MAIN file already"),
            job.attempt(client, "part", "2") as copy,
        ):
            job.upload(client, copy, table)
    job.commit([retry])
    assert [file["state"] for file in service.emulator.files().values()] == ["CANCELLED", "CREATED"]


def test_an_attempt_that_is_at_work_is_left_alone(service: Service, job: Job) -> None:
    with job.worker.client() as client, job.attempt(client, "part", "0") as slow:
        job.upload(client, slow, rows(3, "slow"))
        with job.attempt(client, "part", "1") as quick:
            job.upload(client, quick, rows(3, "quick"))
        assert service.states() == {"CREATING"}


def test_an_attempt_that_was_given_up_does_not_count(job: Job) -> None:
    """As where the storage knows no locks."""
    with (
        pytest.raises(UploadCancelledError, match="took it for dead"),
        job.worker.client() as client,
        job.attempt(client, "part", "0"),
    ):
        (job.path / "part-0.lock").write_bytes(b"given up")


def test_a_journal_in_use_is_reported(service: Service, job: Job) -> None:
    import fcntl

    slow = uploaded(job, "slow")
    with (job.path / slow.journals[0]).open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        job.commit([uploaded(job, "quick")])
    assert service.states() == {"CREATING", "CREATED"}
    [unread] = service.report()["unread"]
    assert unread["journal"] == slow.journals[0]
    assert "another process" in unread["error"]


def test_journals_that_are_not_shared_are_reported(service: Service, job: Job) -> None:
    attempt = uploaded(job, "elsewhere")
    (job.path / attempt.journals[0]).unlink()
    job.commit([attempt])
    assert service.states() == {"CREATED"}
    assert service.report()["missing"] == attempt.journals


def test_what_is_not_seen_is_cancelled_by_its_ids(service: Service, job: Job) -> None:
    attempt = uploaded(job, "elsewhere")
    (job.path / attempt.journals[0]).unlink()
    uploaded(job, "here")
    job.abort([attempt])
    assert service.states() == {"CANCELLED"}
    assert service.report()["cancelled"] == 6


def test_an_abort_after_the_commit_cancels_nothing(service: Service, job: Job) -> None:
    attempt = uploaded(job, "quick")
    job.commit([attempt])
    job.abort([attempt])
    assert service.states() == {"CREATED"}


def test_a_commit_that_fails_says_how_to_go_on(service: Service, job: Job) -> None:
    attempt = uploaded(job, "quick")
    attempt.file_ids.append("no-such-file")
    with pytest.raises(ExceptionGroup, match="1 of 4") as failed:
        job.commit([attempt])
    assert f"metastudio resume {job.commit_journal}" in failed.value.__notes__[0]
    assert service.report()["created"] == 3


def test_a_job_keeps_no_secret(service: Service, job: Job) -> None:
    uploaded(job, "quick")
    job.commit([])
    kept = b"".join(path.read_bytes() for path in job.path.iterdir())
    assert json.loads((job.path / "report.json").read_text())["cancelled"] == 3
    for secret in (service.emulator.secret_key, service.emulator.token, "X-Amz", "Signature="):
        assert secret.encode() not in kept
    assert job.path.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in job.path.glob("*.jsonl"))
