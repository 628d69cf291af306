"""The calls of which uploads are made, each on its own."""

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio import Asset, AssetFile, Client
from metastudio.testing import Emulator

from fresh_keys import fresh_keys
from leaks import leaks
from vendor_client import CONTENT, md5_base64, put
from wire_server import WireHandler, WireRequest, serving

MD5 = md5_base64(CONTENT)
SIGNED = "https://bucket.obs.cn-north-4.myhuaweicloud.com/k?Signature=planted-signature&Expires=1"
FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"


def client_at(url: str, **options: Any) -> Client:
    return Client(endpoint=url, project_id="p", credentials=fresh_keys(), **options)


def answering(*bodies: dict[str, Any]) -> tuple[type[WireHandler], list[WireRequest]]:
    """A server that gives these answers one after the other, and what it was asked."""
    left = iter(bodies)
    seen: list[WireRequest] = []

    class Handler(WireHandler):
        def reply(self, request: WireRequest) -> None:
            seen.append(request)
            self.send(200, json.dumps(next(left)).encode())

    return Handler, seen


def test_an_asset_from_beginning_to_end(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    asset = client.create_digital_asset("Clip", "VIDEO", tags=["news"])
    created = client.create_file(
        "clip", file_size=len(CONTENT), file_md5=MD5, asset_id=asset.asset_id, file_type="mp4"
    )
    shown = client.show_asset(asset.asset_id)
    assert [(file.file_id, file.state) for file in shown.files] == [(created.file_id, "CREATING")]
    assert put(created.upload_url).status_code == 200
    confirmed = client.confirm_file_upload(created.file_id, asset_id=asset.asset_id, verify=True)
    assert confirmed.state == client.show_asset(asset.asset_id).files[0].state
    shown = client.show_asset(asset.asset_id)
    assert (shown.asset_id, shown.asset_name, shown.asset_type) == (asset.asset_id, "Clip", "VIDEO")
    assert shown.tags == ["news"]
    file = shown.file(created.file_id)
    assert file is not None
    assert (file.file_name, file.file_type, file.file_md5) == ("clip", "mp4", MD5)
    assert shown.file("no-such-file") is None
    assert client.delete_file(created.file_id).request_id
    assert client.delete_asset(asset.asset_id).request_id
    assert client.delete_asset(asset.asset_id, for_good=True).request_id
    with pytest.raises(metastudio.NotFoundError):
        client.show_asset(asset.asset_id)


def test_every_field_of_an_asset_is_sent() -> None:
    handler, seen = answering({"asset_id": "a1", "produce_id": "p1"})
    with serving(handler) as url:
        created = client_at(url).create_digital_asset(
            "Skyline",
            "IMAGE",
            description="by night",
            tags=["city", "夜"],
            supported_service=("VIDEO_2D", "LIVE_2D"),
            generate_cover=False,
            order=-3,
            extra={"review_config": {"need_review": True}, "asset_extra_meta": [1, 2.5, None]},
            app_user_id="tester-01",
        )
    assert (created.asset_id, created.produce_id) == ("a1", "p1")
    [request] = seen
    assert request.target == "/v1/p/digital-assets"
    assert request.headers["x-app-userid"] == "tester-01"
    assert json.loads(request.body) == {
        "asset_name": "Skyline",
        "asset_type": "IMAGE",
        "asset_description": "by night",
        "tags": ["city", "夜"],
        "supported_service": ["VIDEO_2D", "LIVE_2D"],
        "is_need_generate_cover": False,
        "asset_order": -3,
        "review_config": {"need_review": True},
        "asset_extra_meta": [1, 2.5, None],
    }


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"asset_name": "n" * 257}, metastudio.InvalidInputError, "asset_name"),
        ({"asset_type": "video"}, metastudio.InvalidInputError, "asset_type"),
        ({"description": "d" * 4097}, metastudio.InvalidInputError, "asset_description"),
        ({"tags": ["t"] * 51}, metastudio.InvalidInputError, "tags"),
        ({"tags": "news"}, TypeError, "tags must be an iterable of str"),
        ({"supported_service": ["video"]}, metastudio.InvalidInputError, "supported_service"),
        ({"generate_cover": 1}, TypeError, "generate_cover must be bool"),
        ({"order": True}, TypeError, "order must be int"),
        ({"order": 2**63}, metastudio.InvalidInputError, "order"),
        ({"extra": []}, TypeError, "extra must be dict"),
        ({"extra": {"tags": []}}, metastudio.InvalidInputError, "extra"),
        ({"extra": {"a": float("nan")}}, metastudio.InvalidInputError, "extra"),
        ({"extra": {"a": "\ud800"}}, metastudio.InvalidInputError, "extra"),
        ({"extra": {"a": object()}}, TypeError, "JSON"),
        ({"app_user_id": "用户"}, metastudio.InvalidInputError, "app_user_id"),
        ({"name": "x"}, TypeError, "unexpected keyword argument 'name'"),
    ],
)
def test_an_asset_that_can_not_be_made(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    arguments: dict[str, Any] = {"asset_name": "Clip", "asset_type": "VIDEO"} | options
    with pytest.raises(error, match=text):
        client_at("http://127.0.0.1:9").create_digital_asset(**arguments)


SHOWN = {
    "project_id": "p",
    "asset_id": "a1",
    "asset_name": "Trailer",
    "asset_state": "ACTIVED",
    "asset_type": "VIDEO",
    "tags": None,
    "thumbnail_url": SIGNED,
    "files": [
        {
            "file_id": FILE_ID,
            "file_name": "clip.mp4",
            "file_size": 6_000_000_000,
            "state": "ARCHIVED",
            "asset_file_category": "MAIN",
            "download_url": SIGNED,
            "file_extra_meta": {"video_transcoding_status": "WAITING"},
        }
    ],
}


def test_what_is_secret_in_an_asset_is_there_and_nowhere_else() -> None:
    handler, seen = answering(SHOWN)
    with serving(handler) as url:
        asset = client_at(url).show_asset("a1", app_user_id="u")
    assert seen[0].headers["x-app-userid"] == "u"
    [file] = asset.files
    assert (type(asset), type(file)) == (Asset, AssetFile)
    assert (file.download_url, asset.more["thumbnail_url"]) == (SIGNED, SIGNED)
    assert (file.state, file.category, file.file_size) == ("ARCHIVED", "MAIN", 6_000_000_000)
    assert (file.video_transcoding_status, file.reason, asset.tags) == ("WAITING", None, [])
    for text in (repr(asset), repr(file), str([asset]), pickle.dumps(asset, 0).decode("latin-1")):
        assert leaks(text, "planted-signature") == []
        assert FILE_ID in text
    for twin in (pickle.loads(pickle.dumps(asset)), copy.copy(asset), copy.deepcopy(asset)):
        assert (twin.asset_id, twin.files[0].file_id) == ("a1", FILE_ID)
        assert twin.more == {}
    assert pickle.loads(pickle.dumps(asset)).files[0].download_url is None


def test_a_large_file() -> None:
    urls = ["http://127.0.0.1/1", "http://127.0.0.1/2", "http://127.0.0.1/3"]
    handler, seen = answering(
        {"file_id": FILE_ID, "upload_urls": urls},
        {"file_id": FILE_ID, "upload_urls": [SIGNED.replace(".myhuaweicloud.com", ".example.com")]},
    )
    size = 6_000_000_001
    with serving(handler) as url:
        client = client_at(url)
        created = client.create_large_file(
            "film", file_size=size, asset_id="a1", file_type="mov", part_count=3
        )
        with pytest.raises(metastudio.UnexpectedResponseError) as caught:
            client.create_large_file("film.mov", file_size=size, asset_id="a1")
    assert (created.file_id, created.upload_urls) == (FILE_ID, tuple(urls))
    assert created.part_sizes is not None
    assert (len(created.part_sizes), sum(created.part_sizes)) == (3, size)
    assert json.loads(seen[0].body)["file_multipart_count"] == 3
    assert leaks(repr(created), urls[0]) == []
    with pytest.raises(TypeError, match="secret upload_urls"):
        pickle.dumps(created)
    # The file is open, and its id is known.
    assert caught.value.file_id == FILE_ID
    assert leaks(str(caught.value), "planted-signature") == []
    for count in (0, 101):
        with pytest.raises(metastudio.InvalidInputError, match="file_multipart_count"):
            client.create_large_file("f.mov", file_size=size, asset_id="a1", part_count=count)


@pytest.mark.parametrize("answer", [{}, {"upload_url": "nonsense"}, {"upload_url": "file:///x"}])
def test_a_created_file_without_a_usable_url_has_its_id(answer: dict[str, str]) -> None:
    handler, _ = answering({"file_id": FILE_ID} | answer)
    with serving(handler) as url, pytest.raises(metastudio.UnexpectedResponseError) as caught:
        client_at(url).create_file("a.mp4", file_size=1, file_md5=bytes(16), asset_id="a1")
    assert caught.value.file_id == FILE_ID
    assert caught.value.stage is None
    assert pickle.loads(pickle.dumps(caught.value)).file_id == FILE_ID


def test_a_lost_confirmation_is_looked_up_in_the_asset() -> None:
    class Handler(WireHandler):
        def reply(self, request: WireRequest) -> None:
            if request.method == "POST":
                self.send(503, b"{}")
                return
            file = {"file_id": FILE_ID, "state": state}
            self.send(200, json.dumps({"asset_id": "a1", "files": [file]}).encode())

    with serving(Handler) as url:
        client = client_at(url, max_attempts=1)
        state = "REVIEW"
        confirmed = client.confirm_file_upload(FILE_ID, asset_id="a1")
        assert (confirmed.state, bool(confirmed.request_id)) == ("REVIEW", True)
        state = "CANCELLED"
        with pytest.raises(metastudio.ServerError) as caught:
            client.confirm_file_upload(FILE_ID, asset_id="a1")
        assert caught.value.outcome == "not_applied"
        with pytest.raises(metastudio.ServerError) as caught:
            client.confirm_file_upload(FILE_ID)
        assert caught.value.outcome == "unknown"
        with pytest.raises(metastudio.InvalidInputError, match="verify needs asset_id"):
            client.confirm_file_upload(FILE_ID, verify=True)
        with pytest.raises(TypeError, match="verify must be bool, not NoneType"):
            client.confirm_file_upload(FILE_ID, asset_id="a1", verify=None)  # type: ignore[arg-type]


def test_an_asset_is_made_for_a_file(metastudio_emulator: Emulator, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(CONTENT)
    client = metastudio_emulator.client()
    done = client.upload(clip, new_asset="VIDEO", verify=True)
    shown = client.show_asset(done.asset_id)
    assert (shown.asset_name, shown.asset_type) == ("clip.mp4", "VIDEO")
    assert done.state == shown.files[0].state
    with pytest.raises(metastudio.InvalidInputError, match="file_type"):
        client.upload(clip, new_asset="IMAGE")
    with pytest.raises(metastudio.InvalidInputError, match="asset_id or new_asset is needed"):
        client.upload(clip)
    with pytest.raises(metastudio.InvalidInputError, match="exclude each other"):
        client.upload(clip, asset_id="a1", new_asset="VIDEO")
