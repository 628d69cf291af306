"""What can be uploaded from Python, and what can't (F43, F44)."""

import array
import errno
import gzip
import io
import mmap
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio import SourceError
from metastudio.testing import Emulator

from child_servers import proxy_that_cuts_at
from vendor_client import md5_base64

# More than a single read takes.
CONTENT = bytes(range(256)) * 3_000


class Stream:
    """A file object that can only be read, in pieces of its own choice."""

    def __init__(self, content: bytes, piece: int = 70_000) -> None:
        self.inner = io.BytesIO(content)
        self.piece = piece

    def read(self, size: int, /) -> bytes:
        assert size > 0
        return self.inner.read(min(size, self.piece))


class Odd(Stream):
    """A stream whose `read` does something else after the first pieces."""

    def __init__(self, then: Callable[[int], Any], after: int = 2) -> None:
        super().__init__(CONTENT)
        self.then = then
        self.left = after

    def read(self, size: int, /) -> Any:
        self.left -= 1
        return super().read(size) if self.left >= 0 else self.then(size)


class OddOnce(io.BytesIO):
    """Seekable; the first pass gets all, the PUT doesn't."""

    def __init__(self, then: Callable[[int], Any]) -> None:
        super().__init__(CONTENT)
        self.then = then
        self.passes = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.passes += offset == 0 and whence == 0
        return super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> Any:
        assert size is not None
        if self.passes == 2 and self.tell() > 0:
            return self.then(size)
        return super().read(size)


def of_file(path: Path) -> Any:
    return path.open("rb")


def of_mmap(path: Path) -> Any:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def of_pipe(path: Path) -> Any:
    read, write = os.pipe()

    def fill() -> None:
        with os.fdopen(write, "wb") as file:
            file.write(path.read_bytes())

    threading.Thread(target=fill).start()
    return os.fdopen(read, "rb")


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "text": str,
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "array": lambda path: array.array("I", path.read_bytes()),
    "two dimensions": lambda path: memoryview(path.read_bytes()).cast("B", (1000, 768)),
    "mmap": of_mmap,
    "file": of_file,
    "unbuffered": lambda path: path.open("rb", buffering=0),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "stream": lambda path: Stream(path.read_bytes()),
    "pipe": of_pipe,
}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("name", SOURCES)
def test_every_source(metastudio_emulator: Emulator, clip: Path, name: str) -> None:
    client = metastudio_emulator.client()
    done = client.upload(SOURCES[name](clip), asset_id="a1", file_name="named.mp4")
    [file] = metastudio_emulator.files()
    assert (file["state"], file["file_name"]) == ("CREATED", "named.mp4")
    assert metastudio_emulator.file_body(done.file_id) == CONTENT
    assert (done.size, done.md5) == (len(CONTENT), md5_base64(CONTENT))
    assert (done.asset_id, done.state) == ("a1", None)


@pytest.mark.parametrize("name", ["path", "bytes", "bytearray", "file", "stream"])
def test_size_and_md5_may_be_given(metastudio_emulator: Emulator, clip: Path, name: str) -> None:
    client = metastudio_emulator.client()
    known: dict[str, Any] = {"file_size": len(CONTENT), "file_md5": md5_base64(CONTENT)}
    stages: list[str] = []
    done = client.upload(
        SOURCES[name](clip),
        asset_id="a1",
        file_name="clip.mp4",
        progress=lambda stage, *_: stages.append(stage),
        **known,
    )
    assert metastudio_emulator.file_body(done.file_id) == CONTENT
    assert "put" in stages
    assert "hash" not in stages


@pytest.mark.parametrize("name", ["file", "stream"])
def test_other_content_than_announced_is_never_created(
    metastudio_emulator: Emulator, clip: Path, name: str
) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(metastudio.MetaStudioError) as caught:
        client.upload(
            SOURCES[name](clip),
            asset_id="a1",
            file_name="clip.mp4",
            file_size=len(CONTENT),
            file_md5=bytes(16),
        )
    assert (caught.value.outcome, caught.value.cleanup) == ("not_applied", "done")
    assert [file["state"] for file in metastudio_emulator.files()] == ["FAILED"]


@pytest.mark.parametrize("make", [of_file, lambda path: io.BytesIO(path.read_bytes())])
def test_f44_a_file_object_counts_from_its_position(
    metastudio_emulator: Emulator, clip: Path, make: Callable[[Path], Any]
) -> None:
    client = metastudio_emulator.client()
    with make(clip) as file:
        file.seek(10)
        done = client.upload(file, asset_id="a1", file_name="clip.mp4")
        assert metastudio_emulator.file_body(done.file_id) == CONTENT[10:]
        file.seek(0, 2)
        with pytest.raises(SourceError, match="is empty"):
            client.upload(file, asset_id="a2", file_name="clip.mp4")


def test_the_name_is_that_of_the_path(metastudio_emulator: Emulator, clip: Path) -> None:
    client = metastudio_emulator.client()
    client.upload(clip, asset_id="a1")
    with clip.open("rb") as file:
        client.upload(file, asset_id="a2", file_type="mov")
    with gzip.open(clip.with_name("x.gz"), "wb") as packed:
        packed.write(CONTENT)
    with gzip.open(clip.with_name("x.gz"), "rb") as unpacked:
        done = client.upload(unpacked, asset_id="a3", file_name="clip.mp4")
    assert metastudio_emulator.file_body(done.file_id) == CONTENT
    names = [(it["file_name"], it["file_type"]) for it in metastudio_emulator.files()]
    assert names == [("clip.mp4", "mp4"), ("clip.mp4", "mov"), ("clip.mp4", "mp4")]


def named(name: object) -> Stream:
    stream = Stream(CONTENT)
    stream.name = name  # type: ignore[attr-defined]
    return stream


@pytest.mark.parametrize(
    "source",
    [
        CONTENT,
        bytearray(CONTENT),
        io.BytesIO(CONTENT),
        Stream(CONTENT),
        named("<stdin>"),
        named(3),
        named(b"clip.mp4"),
        named(""),
        named(".."),
        sys.__stdin__ and sys.__stdin__.buffer,
    ],
    ids=lambda it: type(it).__name__,
)
def test_what_has_no_name_needs_one(metastudio_emulator: Emulator, source: Any) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(metastudio.InvalidInputError, match="file_name is needed"):
        client.upload(source, asset_id="a1")
    assert metastudio_emulator.files() == []


def test_f44_text_mode_is_a_type_error(metastudio_emulator: Emulator, clip: Path) -> None:
    client = metastudio_emulator.client()
    with clip.open("r", encoding="latin-1") as file:
        for text in (file, io.StringIO("text")):
            with pytest.raises(TypeError, match="text mode; open it in binary mode"):
                client.upload(text, asset_id="a1", file_name="a.mp4")  # type: ignore[arg-type]
    # One that hides what it is.
    with tempfile.NamedTemporaryFile("w+", suffix=".mp4") as wrapped:
        wrapped.write("text")
        wrapped.seek(0)
        with pytest.raises(SourceError, match=r"gave str in place of bytes; open it in binary"):
            client.upload(wrapped, asset_id="a1")
    assert metastudio_emulator.files() == []


@pytest.mark.parametrize("source", [None, 1, 1.5, True, [], {}, object(), memoryview(b"abcd")[::2]])
def test_f44_what_is_no_source(metastudio_emulator: Emulator, source: Any) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(TypeError, match=r"^source must be .*, not "):
        client.upload(source, asset_id="a1", file_name="a.mp4")
    assert metastudio_emulator.files() == []


def raising(error: BaseException) -> Callable[[int], Any]:
    def then(_: int) -> Any:
        raise error

    return then


ODD_READS: list[tuple[Callable[[int], Any], str]] = [
    (raising(ValueError("boom")), "can't be read: ValueError: boom"),
    (lambda _: "text", "gave str in place of bytes"),
    (lambda _: None, "gave None; it is non-blocking"),
    (lambda size: bytes(size + 1), r"its read\(\d+\) gave \d+ bytes"),
    (lambda size: bytearray(size + 1), r"its read\(\d+\) gave \d+ bytes"),
    (lambda _: [1, 2], "gave list in place of bytes"),
]


@pytest.mark.parametrize(("then", "text"), ODD_READS, ids=[text for _, text in ODD_READS])
def test_f44_odd_reads_before_the_file_is_registered(
    metastudio_emulator: Emulator, then: Callable[[int], Any], text: str
) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(SourceError, match=text) as caught:
        client.upload(Odd(then), asset_id="a1", file_name="a.mp4")
    error = caught.value
    assert (error.stage, error.outcome, error.cleanup) == ("hash", "not_applied", "not_needed")
    assert isinstance(error.__cause__, ValueError) == ("boom" in text)
    assert metastudio_emulator.files() == []


@pytest.mark.parametrize(("then", "text"), ODD_READS, ids=[text for _, text in ODD_READS])
def test_f44_odd_reads_in_the_put(
    metastudio_emulator: Emulator, then: Callable[[int], Any], text: str
) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(SourceError, match=text) as caught:
        client.upload(OddOnce(then), asset_id="a1", file_name="a.mp4")
    error = caught.value
    assert (error.stage, error.outcome, error.cleanup) == ("put", "not_applied", "done")
    assert isinstance(error.__cause__, ValueError) == ("boom" in text)
    [file] = metastudio_emulator.files()
    assert (file["state"], file["file_id"]) == ("FAILED", error.file_id)


def test_f44_a_stream_that_ends_early_or_late(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    for number, size in enumerate((len(CONTENT) + 1, len(CONTENT) - 1)):
        content = CONTENT + bytes(max(0, size - len(CONTENT)))
        with pytest.raises(SourceError):
            client.upload(
                Stream(CONTENT),
                asset_id=f"a{number}",
                file_name="a.mp4",
                file_size=size,
                file_md5=md5_base64(content[:size]),
            )
    assert {file["state"] for file in metastudio_emulator.files()} == {"FAILED"}


@pytest.mark.parametrize("name", ["file", "BytesIO"])
def test_f44_a_closed_file(metastudio_emulator: Emulator, clip: Path, name: str) -> None:
    file = SOURCES[name](clip)
    file.close()
    with pytest.raises(
        SourceError, match="can't be read: ValueError: I/O operation on closed"
    ) as e:
        metastudio_emulator.client().upload(file, asset_id="a1", file_name="a.mp4")
    assert isinstance(e.value.__cause__, ValueError)
    assert (e.value.stage, e.value.subject) == ("inspect", "a.mp4")
    assert metastudio_emulator.files() == []


def test_f43_the_systems_number_of_a_file_object(metastudio_emulator: Emulator, clip: Path) -> None:
    client = metastudio_emulator.client()
    broken = raising(OSError(errno.EIO, "Input/output error"))
    with pytest.raises(SourceError) as caught:
        client.upload(Odd(broken), asset_id="a1", file_name="a.mp4")
    assert caught.value.errno == errno.EIO
    with clip.open("ab") as for_writing:
        for_writing.seek(0)
        with pytest.raises(SourceError) as caught:
            client.upload(for_writing, asset_id="a1", file_name="a.mp4")
    assert isinstance(caught.value.__cause__, io.UnsupportedOperation)


def test_f43_what_is_no_regular_file(metastudio_emulator: Emulator, tmp_path: Path) -> None:
    client = metastudio_emulator.client()
    fifo, sock, empty = tmp_path / "fifo.mp4", tmp_path / "sock.mp4", tmp_path / "empty.mp4"
    os.mkfifo(fifo)
    empty.touch()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(sock))
        for path in (tmp_path, fifo, sock, empty, "/dev/null", "/proc/self/stat", "a\0b.mp4"):
            with pytest.raises(SourceError) as caught:
                client.upload(path, asset_id="a1", file_name="a.mp4")
            assert (caught.value.stage, caught.value.file_id) == ("inspect", None)
    assert metastudio_emulator.files() == []


@pytest.mark.parametrize("leave", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("in_put", [False, True])
def test_f44_an_interrupt_in_read_is_no_trouble_with_the_file(
    metastudio_emulator: Emulator, leave: type[BaseException], in_put: bool
) -> None:
    client = metastudio_emulator.client()
    source = OddOnce(raising(leave())) if in_put else Odd(raising(leave()))
    with pytest.raises(leave) as caught:
        client.upload(source, asset_id="a1", file_name="a.mp4")
    cause = caught.value.__cause__
    assert isinstance(cause, metastudio.UploadCancelledError)
    assert (cause.stage, cause.outcome) == ("put" if in_put else "hash", "not_applied")
    states = [file["state"] for file in metastudio_emulator.files()]
    assert states == (["CANCELLED"] if in_put else [])


def test_bytes_that_change_meanwhile_are_never_created(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    content = bytearray(CONTENT)

    def scribble(stage: str, *_: int) -> None:
        if stage == "create":
            content[-1] ^= 1
            with pytest.raises(BufferError):
                content.clear()

    with pytest.raises(metastudio.MetaStudioError) as caught:
        client.upload(content, asset_id="a1", file_name="a.mp4", progress=scribble)
    assert (caught.value.status, caught.value.cleanup) == (400, "done")
    assert [file["state"] for file in metastudio_emulator.files()] == ["FAILED"]
    # Free again.
    content.clear()


def test_what_is_copied_is_limited(metastudio_emulator: Emulator) -> None:
    client = metastudio_emulator.client()
    with pytest.raises(SourceError, match="spool_limit"):
        client.upload(Stream(CONTENT), asset_id="a1", file_name="a.mp4", spool_limit=1000)
    assert metastudio_emulator.files() == []


def test_a_stream_with_known_size_has_one_attempt_and_says_so(
    metastudio_emulator: Emulator,
) -> None:
    known: dict[str, Any] = {"file_size": len(CONTENT), "file_md5": md5_base64(CONTENT)}
    text = "can't be rewound, so it isn't tried again"
    with proxy_that_cuts_at(b"PUT /", metastudio_emulator.url) as url:
        client = metastudio_emulator.client(endpoint=url)
        with pytest.raises(ConnectionError, match=text) as caught:
            client.upload(Stream(CONTENT), asset_id="a1", file_name="a.mp4", **known)
    error = caught.value
    assert isinstance(error, metastudio.MetaStudioError)
    assert (len(error.attempts), error.cleanup) == (1, "done")
    assert [file["state"] for file in metastudio_emulator.files()] == ["FAILED"]
