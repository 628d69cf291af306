"""A little MetaStudio that lets in what the vendor's signer agrees with.

It shares no code with our emulator, so the two can't be wrong in the same way. It speaks
CreateFile, the PUT of the content and ConfirmFileUpload, just enough for one upload.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from vendor_client import md5_base64
from vendor_verify import Keys, gateway_message, objection
from wire_server import WireHandler, WireRequest, serving

CREATE = re.compile(r"/v1/(?P<project_id>[^/?]+)/files")
CONFIRM = re.compile(r"/v1/(?P<project_id>[^/?]+)/files/(?P<file_id>[^/?]+)/complete")
# Nothing that proves who the caller is belongs into a request to the object store.
CREDENTIALS = ("authorization", "x-auth-token", "x-security-token", "x-sdk-date")


@dataclass(frozen=True)
class Exchange:
    """A request and what was wrong with it."""

    request: WireRequest
    objection: str | None
    status: int


@dataclass
class VendorSignedServer:
    """What it knows; a lock guards it, for each connection has its thread."""

    keys: Keys
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: WireRequest) -> tuple[int, dict[str, Any] | None]:
        """Checks a request, records it, and says how to answer it."""
        with self.lock:
            if request.method == "PUT":
                reason = self._put(request)
                status, body = (400, {"reason": reason}) if reason else (200, None)
            elif reason := objection(request, self.keys, datetime.now(UTC)):
                status, body = 401, error("APIGW.0301", gateway_message(reason))
            else:
                status, body = self._call(request)
            self.exchanges.append(Exchange(request, reason, status))
            return status, body

    def _call(self, request: WireRequest) -> tuple[int, dict[str, Any] | None]:
        sent = json.loads(request.body)
        if request.method == "POST" and CREATE.fullmatch(request.target):
            file_id = str(uuid.uuid4())
            self.files[file_id] = sent | {"state": "CREATING"}
            upload_url = f"{self.url}/bucket/{file_id}?Expires=1893456000&Signature=c2VjcmV0"
            return 200, {"file_id": file_id, "upload_url": upload_url}
        confirmed = CONFIRM.fullmatch(request.target)
        if request.method == "POST" and confirmed and confirmed["file_id"] in self.files:
            self.files[confirmed["file_id"]]["state"] = sent["state"]
            return 200, None
        return 404, error("MSS.00000002", "Not Found")

    def _put(self, request: WireRequest) -> str | None:
        file = self.files.get(request.target.partition("?")[0].removeprefix("/bucket/"))
        if file is None:
            return "no such file"
        if leaked := [name for name in CREDENTIALS if name in request.headers]:
            return f"credentials sent to the object store: {leaked}"
        if request.headers.get("content-md5") != file["file_md5"]:
            return "Content-MD5 is not the one that was announced"
        if md5_base64(request.body) != file["file_md5"]:
            return "the content has another digest"
        if len(request.body) != file["file_size"]:
            return "the content has another size"
        file["content_type"] = request.headers.get("content-type")
        return None


def error(code: str, message: str) -> dict[str, Any]:
    return {"error_code": code, "error_msg": message, "request_id": uuid.uuid4().hex}


@contextmanager
def vendor_signed_server(keys: Keys) -> Iterator[VendorSignedServer]:
    """Serves on a free port of loopback until the block ends."""
    state = VendorSignedServer(keys)

    class Handler(WireHandler):
        def reply(self, request: WireRequest) -> None:
            status, body = state.answer(request)
            self.send(status, b"" if body is None else json.dumps(body).encode())

    with serving(Handler) as state.url:
        yield state
