"""A user's script, for the type checkers: it is read by them and never run."""

import io
import logging
from pathlib import Path

import httpx
import metastudio
import polars as pl
import pytest
import requests
from metastudio import (
    AsyncClient,
    AttemptEvent,
    CancelHandle,
    Client,
    Credentials,
    Signer,
    UploadItem,
    UploadResult,
    UploadState,
)
from metastudio.auth import HttpxAuth, HttpxTokenAuth, RequestsAuth, RequestsTokenAuth
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


def confirm(client: Client, ids: list[str], table: pl.DataFrame) -> list[str]:
    client.confirm_many([(it, UploadState.FAILED) for it in ids], rate=None).close()
    log.info("%s", pl.DataFrame(client.confirm_many(table)))
    failed: list[str] = []
    try:
        with client.confirm_many({"file_id": it} for it in ids) as results:
            for result in results:
                error: metastudio.MetaStudioError | None = result.error
                if error is not None:
                    failed.append(result.file_id)
    except metastudio.ConfirmManyError as group:
        log.warning("%d unknown", group.counts["unknown"])
    return failed


def ship_many(client: Client, clips: list[Path], cancel: CancelHandle) -> list[str]:
    def progress(stage: str, done: int, total: int) -> None:
        log.info("%s: %d of %d bytes", stage, done, total)

    def on_result(index: int, result: UploadResult) -> None:
        log.info("%d: %s %s", index, result.outcome, result.file_id)

    items = [UploadItem(clip, new_asset="VIDEO", file_name="a.mp4") for clip in clips]
    try:
        results = client.upload_many(
            items, rate=2.5, progress=progress, on_result=on_result, raise_on_error=True
        )
    except metastudio.UploadManyError as error:
        causes: tuple[Exception, ...] = error.exceptions
        log.warning("%s %s", causes, [result.subject for result in error.results])
        return []
    client.upload_many(clips, asset_id="a1", category="OTHER", rate="documented", cancel=cancel)
    client.upload_many(iter(["a.mp4"]), new_asset="VIDEO", rate=None, progress=None)
    return [result.uploaded.file_id for result in results if result.uploaded is not None]


def every_source(client: Client, clip: Path) -> None:
    with clip.open("rb") as file, io.BytesIO(b"content") as memory:
        client.upload(file, asset_id="a1")
        client.upload(memory, new_asset="COMMON_FILE", file_name="a.bin")
    client.upload(memoryview(b"content"), asset_id="a1", file_name="a.mp4", verify=True, wait=60)
    uploaded = client.upload(str(clip), asset_id="a1", spool_limit=1 << 20, part_count=None)
    md5: str | None = uploaded.md5
    log.info("%s %s %s", md5, uploaded.state, uploaded.asset_id)


def watched() -> Client:
    def on_attempt(event: AttemptEvent) -> None:
        wait: float | None = event.retry_in
        log.info("%s %d %s %s", event.operation, event.attempt, event.request_id, wait)

    return Client(region="cn-north-4", on_attempt=on_attempt)


async def at_once(clips: list[Path]) -> list[str]:
    async with AsyncClient(region="cn-north-4", max_workers=4, token="token") as client:
        uploaded = await client.upload(clips[0], asset_id="a1", category="OTHER")
        confirmed = await client.with_options(max_attempts=1).confirm_file_upload(
            uploaded.file_id, "CREATED", asset_id="a1"
        )
        results: list[UploadResult] = await client.upload_many(clips, new_asset="VIDEO", rate=None)
        return [confirmed.request_id, *(result.outcome for result in results)]


def assets(client: Client) -> list[tuple[str, str | None]]:
    created = client.create_digital_asset("Clip", "VIDEO", tags=["news"], extra={"a": [1]})
    large = client.create_large_file("a.mp4", file_size=6_000_000_000, asset_id=created.asset_id)
    client.confirm_file_upload(large.file_id, asset_id=created.asset_id, verify=True)
    asset = client.show_asset(created.asset_id)
    client.delete_asset(created.asset_id, for_good=True)
    return [(file.state, file.download_url) for file in asset.files]


def by_hand(client: Client, content: bytes, md5: bytes) -> tuple[str, str]:
    with client as same:
        created = same.create_file("a.mp4", file_size=len(content), file_md5=md5, asset_id="a1")
    return created.file_id, created.upload_url


def headers(keys: Credentials) -> dict[str, str]:
    signed = Signer(keys).sign("GET", "https://example.com/v1", {"Accept": "*/*"})
    return {"Accept": "*/*"} | signed


def other_operations(keys: Credentials, url: str) -> list[int]:
    session = requests.Session()
    session.auth = RequestsAuth(keys, project_id="p", hosts=[".myhuaweicloud.com"])
    statuses = [session.get(url, timeout=20).status_code]
    session.auth = RequestsTokenAuth("token")
    with httpx.Client(auth=HttpxAuth(lambda: Signer(keys), allow_http=True)) as client:
        statuses.append(client.get(url).status_code)
        statuses.append(client.get(url, auth=HttpxTokenAuth(lambda: "token")).status_code)
    return statuses


def test_pipeline(metastudio_emulator: Emulator, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"content")
    file_id = ship(metastudio_emulator.client(max_attempts=1), clip)
    assert file_id is not None
    assert metastudio_emulator.file_body(file_id) == b"content"
    with pytest.raises(ValueError, match="file_id"):
        metastudio_emulator.client().confirm_file_upload("../x")
