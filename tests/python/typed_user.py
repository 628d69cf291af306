"""A user's script, for the type checkers: it is read by them and never run."""

import logging
from pathlib import Path

import metastudio
import pytest
from metastudio import Client, Credentials, Signer, UploadState
from metastudio.testing import Emulator

log = logging.getLogger("pipeline")


def clients() -> list[Client]:
    keys = Credentials("access", "secret", security_token=None)
    one = Client(region="cn-north-4", project_id="p", credentials=keys, connect_timeout=2)
    return [one, Client.from_env(max_attempts=5), one.with_options(total_timeout=1.5)]


def ship(client: Client, clip: Path) -> str | None:
    try:
        uploaded = client.upload(clip, asset_id="a1", category="MAIN")
    except metastudio.RateLimitedError as error:
        wait: float | None = error.retry_after
        log.warning("come back in %s s", wait)
    except (TimeoutError, ConnectionError):
        log.exception("try again")
    except metastudio.MetaStudioError as error:
        attempts: tuple[metastudio.Attempt, ...] = error.attempts
        statuses: list[int | None] = [attempt.status for attempt in attempts]
        log.warning("%s %s %s %s", error.outcome, error.status, error.request_id, statuses)
        if error.file_id is not None:
            state = client.confirm_file_upload(error.file_id, UploadState.FAILED)
            return state.request_id
    else:
        size: int = uploaded.size
        log.info("%s bytes", size)
        return uploaded.file_id
    return None


def by_hand(client: Client, content: bytes, md5: bytes) -> tuple[str, str]:
    with client as same:
        created = same.create_file("a.mp4", file_size=len(content), file_md5=md5, asset_id="a1")
    return created.file_id, created.upload_url


def headers(keys: Credentials) -> dict[str, str]:
    signed = Signer(keys).sign("GET", "https://example.com/v1", {"Accept": "*/*"})
    return {"Accept": "*/*"} | signed


def test_pipeline(metastudio_emulator: Emulator, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"content")
    file_id = ship(metastudio_emulator.client(max_attempts=1), clip)
    assert file_id is not None
    assert metastudio_emulator.file_body(file_id) == b"content"
    with pytest.raises(ValueError, match="file_id"):
        metastudio_emulator.client().confirm_file_upload("../x")
