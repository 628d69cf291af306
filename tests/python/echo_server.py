"""A server that says back what it was sent, secrets included, in the body of an error."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from wire_server import WireHandler, WireRequest, serving

Shape = Literal["json", "text", "xml"]


@dataclass
class EchoServer:
    """Refuses everything; with `upload_query` it hands out an upload URL first."""

    shape: Shape
    status: int
    upload_query: str | None = None
    url: str = ""
    requests: list[WireRequest] = field(default_factory=list)

    def answer(self, request: WireRequest) -> tuple[int, str]:
        self.requests.append(request)
        if self.upload_query is not None and request.target.endswith("/files"):
            upload_url = f"{self.url}/bucket/object?{self.upload_query}"
            return 200, json.dumps({"file_id": "echoed-file", "upload_url": upload_url})
        return self.status, self._echo(request)

    def _echo(self, request: WireRequest) -> str:
        head = [f"{request.method} {request.target}"]
        head += [f"{name}: {value}" for name, value in request.headers.items()]
        said = "\n".join([*head, "", request.body.decode("utf-8", "replace")])
        if self.shape == "json":
            return json.dumps({"error_code": "MSS.00000003", "error_msg": said, "request_id": said})
        if self.shape == "xml":
            return f"<Error><Code>AccessDenied</Code><Message>{said}</Message></Error>"
        return said


@contextmanager
def echo_server(
    shape: Shape, status: int = 400, upload_query: str | None = None
) -> Iterator[EchoServer]:
    """Serves on a free port of loopback until the block ends."""
    state = EchoServer(shape, status, upload_query)

    class Handler(WireHandler):
        def reply(self, request: WireRequest) -> None:
            status, body = state.answer(request)
            self.send(status, body.encode())

    with serving(Handler) as state.url:
        yield state
