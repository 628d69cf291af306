"""The vendor's own SDK, set up as its manual says; the PUT is plain `requests`."""

import base64
import hashlib
from typing import Any

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkmetastudio.v1 import (
    ConfirmFileUploadRequest,
    ConfirmFileUploadRequestBody,
    CreateFileRequest,
    FilesCreateReq,
    MetaStudioClient,
)

CONTENT = bytes(range(256)) * 40
ASSET_ID = "942e65a5fd219a2e01fb08d881cfadb9"


def vendor_client(url: str, access_key: str, secret_key: str, project_id: str) -> Any:
    credentials = BasicCredentials(access_key, secret_key, project_id)
    builder = MetaStudioClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(url).build()


def md5_base64(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def create(client: Any, content: bytes = CONTENT, name: str = "clip.mp4") -> Any:
    """Registers a file; the answer has file_id, upload_url and x_request_id."""
    body = FilesCreateReq(
        file_name=name,
        file_md5=md5_base64(content),
        file_size=len(content),
        file_type=name.rpartition(".")[2],
        asset_id=ASSET_ID,
        asset_file_category="MAIN",
    )
    return client.create_file(CreateFileRequest(body=body))


def put(
    upload_url: str, content: bytes = CONTENT, ca_file: str | None = None, **headers: str
) -> requests.Response:
    """Uploads the content; `headers` replace those that the vendor's guide asks for."""
    needed = {"Content-MD5": md5_base64(content), "Content-Type": "video/mp4"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.put(
        upload_url, data=content, headers=needed | given, timeout=30, verify=ca_file or True
    )


def confirm(client: Any, file_id: str, state: str) -> Any:
    """Tells how the upload ended; the answer has x_request_id."""
    body = ConfirmFileUploadRequestBody(state=state)
    return client.confirm_file_upload(ConfirmFileUploadRequest(file_id=file_id, body=body))
