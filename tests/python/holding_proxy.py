"""A proxy on loopback that holds chosen requests back, or their answers, for ever."""

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from child_servers import listening

PATIENCE = 30.0


class HoldingProxy:
    """Passes on what it isn't told to hold. Nobody speaks HTTP here: a request is known by the
    bytes of its head, which clients write in one piece."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._requests: set[bytes] = set()
        self._answers: set[bytes] = set()
        self._held: Counter[bytes] = Counter()
        self._changed = threading.Condition()
        self.url = ""

    def hold(self, marker: bytes) -> None:
        """From now on requests with these bytes don't reach the target."""
        self._requests.add(marker)

    def hold_answer(self, marker: bytes) -> None:
        """From now on requests with these bytes reach it, but their answers don't come back."""
        self._answers.add(marker)

    def wait_for(self, marker: bytes, times: int = 1) -> None:
        """Returns as soon as so many such requests have been held."""
        with self._changed:
            held = self._changed.wait_for(lambda: self._held[marker] >= times, PATIENCE)
        assert held, f"{marker!r} was held {self._held[marker]} times, not {times}"

    def serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._target)
        keep_answers = threading.Event()
        back = threading.Thread(target=self._back, args=(server, client, keep_answers), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if marker := self._first(self._requests, data):
                    self._count(marker)
                    # Read on, so that the client isn't stopped by a full buffer.
                    while client.recv(65536):
                        pass
                    return
                if marker := self._first(self._answers, data):
                    keep_answers.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _back(
        self, server: socket.socket, client: socket.socket, keep_answers: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if keep_answers.is_set():
                    for marker in self._answers:
                        self._count(marker)
                    return
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)

    def _first(self, markers: set[bytes], data: bytes) -> bytes | None:
        return next((marker for marker in markers if marker in data), None)

    def _count(self, marker: bytes) -> None:
        with self._changed:
            self._held[marker] += 1
            self._changed.notify_all()


@contextmanager
def holding_proxy(target: str) -> Iterator[HoldingProxy]:
    proxy = HoldingProxy(target)
    with listening(proxy.serve) as url:
        proxy.url = url
        yield proxy
