"""All seven calls of an uploader, made by the vendor's own SDK against the emulator."""

from typing import Any

import pytest
import requests
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkmetastudio.v1 import (
    CreateDigitalAssetRequest,
    CreateDigitalAssetRequestBody,
    CreateFileRequest,
    CreateLargeFileRequest,
    DeleteAssetRequest,
    DeleteFileRequest,
    FilesCreateReq,
    LargeFilesCreateReq,
    ShowAssetRequest,
)

from emulator_process import Emulator
from vendor_client import CONTENT, confirm, md5_base64, put, vendor_client

# The smallest part that the object store takes, but for the last one.
PART = 102_400


@pytest.fixture
def client(emulator: Emulator) -> Any:
    return vendor_client(
        emulator.url, emulator.access_key, emulator.secret_key, emulator.project_id
    )


def new_asset(client: Any) -> str:
    body = CreateDigitalAssetRequestBody(asset_name="clip", asset_type="VIDEO", tags=["one", "two"])
    answer = client.create_digital_asset(CreateDigitalAssetRequest(body=body))
    assert answer.x_request_id
    asset_id: str = answer.asset_id
    return asset_id


def show(client: Any, asset_id: str) -> Any:
    answer = client.show_asset(ShowAssetRequest(asset_id=asset_id))
    assert answer.x_request_id
    return answer


def status(call: Any, request: Any) -> int:
    """Status of a refusal."""
    with pytest.raises(ClientRequestException) as caught:
        call(request)
    code: int = caught.value.status_code
    return code


def test_an_asset_gets_its_main_file(client: Any) -> None:
    asset_id = new_asset(client)
    assert show(client, asset_id).asset_state == "CREATING"
    body = FilesCreateReq(
        file_name="clip.mp4",
        file_md5=md5_base64(CONTENT),
        file_size=len(CONTENT),
        file_type="mp4",
        asset_id=asset_id,
        asset_file_category="MAIN",
    )
    created = client.create_file(CreateFileRequest(body=body))
    assert put(created.upload_url).status_code == 200
    assert confirm(client, created.file_id, "CREATED").x_request_id

    asset = show(client, asset_id)
    assert asset.asset_state == "ACTIVED"
    (file,) = asset.files
    assert (file.file_id, file.state) == (created.file_id, "CREATED")
    assert file.file_md5 == md5_base64(CONTENT)
    assert requests.get(file.download_url, timeout=30).content == CONTENT


def test_a_large_file_is_there_when_all_its_parts_are(client: Any) -> None:
    body = LargeFilesCreateReq(
        file_name="large.bin",
        file_size=2 * PART,
        file_type="bin",
        asset_id="never-created",
        asset_file_category="OTHER",
        file_multipart_count=2,
    )
    created = client.create_large_file(CreateLargeFileRequest(body=body))
    assert created.x_request_id
    first, second = created.upload_urls
    # Part URLs are signed without Content-MD5 and Content-Type.
    assert requests.put(first, data=b"1" * PART, timeout=30).status_code == 200
    with pytest.raises(ClientRequestException) as caught:
        confirm(client, created.file_id, "CREATED")
    assert caught.value.status_code == 400
    assert requests.put(second, data=b"2" * PART, timeout=30).status_code == 200
    assert confirm(client, created.file_id, "CREATED").status_code == 200


def test_files_and_assets_are_deleted(client: Any, emulator: Emulator) -> None:
    asset_id = new_asset(client)
    body = FilesCreateReq(
        file_name="clip.mp4",
        file_md5=md5_base64(CONTENT),
        file_size=len(CONTENT),
        file_type="mp4",
        asset_id=asset_id,
        asset_file_category="MAIN",
    )
    file_id = client.create_file(CreateFileRequest(body=body)).file_id
    assert client.delete_file(DeleteFileRequest(file_id=file_id)).x_request_id
    assert emulator.files()[file_id]["state"] == "DELETED"
    assert status(client.delete_file, DeleteFileRequest(file_id=file_id)) == 404

    assert client.delete_asset(DeleteAssetRequest(asset_id=asset_id)).x_request_id
    assert show(client, asset_id).asset_state == "DELETING"
    client.delete_asset(DeleteAssetRequest(asset_id=asset_id, mode="force"))
    assert status(client.show_asset, ShowAssetRequest(asset_id=asset_id)) == 404
