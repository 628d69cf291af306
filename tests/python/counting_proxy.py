"""A proxy on the way to a server that counts connections, and knows which of them have ended."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from child_servers import listening


class Connections:
    """What has come by so far, in the order of its beginning."""

    def __init__(self) -> None:
        self.ended: list[threading.Event] = []

    def __len__(self) -> int:
        return len(self.ended)


@contextmanager
def counting_proxy(target: str) -> Iterator[tuple[str, Connections]]:
    """Its URL, of the same scheme as the target's."""
    url = urlsplit(target)
    assert url.hostname is not None
    host, port = url.hostname, url.port
    seen = Connections()

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve(connection: socket.socket) -> None:
        ended = threading.Event()
        seen.ended.append(ended)
        with connection, socket.create_connection((host, port or 0)) as server:
            back = threading.Thread(target=pump, args=(server, connection))
            back.start()
            pump(connection, server)
            ended.set()
            back.join()

    with listening(serve) as plain:
        yield plain.replace("http", url.scheme, 1), seen
