"""A threaded HTTP server on loopback that shows each request as it came over the wire."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class WireRequest:
    """A request: the target undecoded, header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class WireHandler(BaseHTTPRequestHandler):
    """Reads a request exactly as it was sent; a subclass replies to it."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    # Head and body go out in one piece, so no delayed acknowledgement is waited for.
    wbufsize = -1

    def reply(self, request: WireRequest) -> None:
        raise NotImplementedError

    def send(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        # The service's name for it, or the object store's.
        name = "x-obs-request-id" if self.command == "PUT" else "X-Request-Id"
        self.send_header(name, uuid.uuid4().hex)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(body)

    def handle_request(self) -> None:
        # http.server reads bytes as Latin-1; `self.path` has lost a doubled slash at the start.
        headers = {
            name.lower(): value.encode("latin-1").decode("utf-8", "replace")
            for name, value in self.headers.items()
        }
        body = self.rfile.read(int(headers.get("content-length", "0")))
        target = self.requestline.split(" ")[1]
        self.reply(WireRequest(self.command, target, headers, body))

    do_GET = do_POST = do_PUT = do_DELETE = handle_request  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was recorded."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Runs a server in threads of this process; yields its address."""
    # The socket listens from here on, so nobody has to wait for the thread.
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        # Closing must not wait for a client's idle connection.
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
