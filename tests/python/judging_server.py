"""A server that judges each request with the vendor's signer, whatever is called."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vendor_verify import Keys, objection
from wire_server import WireHandler, WireRequest, serving


@dataclass
class JudgingServer:
    """Answers 200, 401 with the objection, or as `moved` says for a target."""

    keys: Keys
    url: str = ""
    moved: dict[str, tuple[int, str]] = field(default_factory=dict)
    requests: list[WireRequest] = field(default_factory=list)
    objections: list[str | None] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def judging_server(keys: Keys) -> Iterator[JudgingServer]:
    """Serves on a free port of loopback until the block ends."""
    state = JudgingServer(keys)

    class Handler(WireHandler):
        def reply(self, request: WireRequest) -> None:
            reason = objection(request, state.keys, datetime.now(UTC))
            with state.lock:
                state.requests.append(request)
                state.objections.append(reason)
            if request.target in state.moved:
                status, location = state.moved[request.target]
                self.send_response(status)
                self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = json.dumps({"objection": reason}).encode()
            self.send(401 if reason else 200, body)

    with serving(Handler) as state.url:
        yield state
