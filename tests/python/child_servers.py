"""Servers in threads of the process that makes the calls.

So they only get on while a call doesn't hold the interpreter's lock.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nX-Request-Id: %d\r\nContent-Length: 0\r\n\r\n"
SYN_SENT = "02"


def url_of(listener: socket.socket) -> str:
    return "http://{}:{}".format(*listener.getsockname())


@contextmanager
def scripted_server(*steps: Callable[[], bytes | None]) -> Iterator[str]:
    """Each request is given to the next step, whose answer is sent: None is silence. After the
    last step all is well: 200, with the number of the request as its id."""
    left = iter(steps)
    numbers = iter(range(1, 1000))

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                number = next(numbers)
                step = next(left, None)
                answer = ANSWER % number if step is None else step()
                if answer is not None:
                    connection.sendall(answer)

    with listening(serve) as url:
        yield url


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serves each connection in a thread; the threads end with the process at the latest."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield url_of(listener)


@contextmanager
def proxy_that_sticks_at(marker: bytes, target: str, stuck: Callable[[], None]) -> Iterator[str]:
    """Passes everything on to `target`, but says `stuck` and forwards no more on a connection
    once a client sends `marker`."""
    host, _, port = target.removeprefix("http://").partition(":")

    def pump(source: socket.socket, sink: socket.socket, marker: bytes | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if marker is not None and marker in data:
                    stuck()
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve(connection: socket.socket) -> None:
        server = socket.create_connection((host, int(port)))
        back = threading.Thread(target=pump, args=(server, connection, None), daemon=True)
        back.start()
        pump(connection, server, marker)

    with listening(serve) as url:
        yield url


@contextmanager
def proxy_that_cuts_at(marker: bytes, target: str) -> Iterator[str]:
    """Passes everything on to `target`, but closes a connection on which a client sends
    `marker`."""
    host, _, port = target.removeprefix("http://").partition(":")

    def pump(source: socket.socket, sink: socket.socket, marker: bytes | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if marker is not None and marker in data:
                    break
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(connection: socket.socket) -> None:
        with connection, socket.create_connection((host, int(port))) as server:
            back = threading.Thread(target=pump, args=(server, connection, None), daemon=True)
            back.start()
            pump(connection, server, marker)
            back.join()

    with listening(serve) as url:
        yield url


@contextmanager
def full_backlog() -> Iterator[str]:
    """An address of this machine to which connecting takes for ever: its queue is full."""
    with socket.socket() as listener, contextlib.ExitStack() as queue:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with contextlib.suppress(TimeoutError):
            while True:
                queue.enter_context(socket.create_connection(listener.getsockname(), timeout=0.2))
        yield url_of(listener)


def wait_for_connecting(url: str) -> None:
    """Returns as soon as a socket of this machine is connecting to the address."""
    wanted = f":{int(url.rpartition(':')[2]):04X}"
    while True:
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        if any(row[2].endswith(wanted) and row[3] == SYN_SENT for row in rows):
            return
