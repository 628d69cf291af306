"""A server that answers as it is told, one request after the other."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from wire_server import WireHandler, WireRequest, serving


@dataclass(frozen=True)
class Answer:
    """A status with a body and headers of its own."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"X-Request-Id": "rid-1"})


def refusal(status: int, code: str = "MSS.1", message: str = "no", **headers: str) -> Answer:
    """An error as the service words it; `Retry_After="1"` becomes a header."""
    body = json.dumps({"error_code": code, "error_msg": message}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, body, {"X-Request-Id": "rid-1"} | named)


@contextmanager
def answering(*answers: Answer) -> Iterator[str]:
    """Yields the address; each answer has to be asked for."""
    left = list(answers)

    class Handler(WireHandler):
        def reply(self, _request: WireRequest) -> None:
            answer = left.pop(0)
            # Which would add a date of its own.
            send = self.send_response_only if "Date" in answer.headers else self.send_response
            send(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    with serving(Handler) as url:
        yield url
    assert left == [], f"not asked for: {left}"
