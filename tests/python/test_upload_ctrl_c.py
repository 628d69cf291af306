"""F57: Ctrl-C, typed into a terminal in each stage of `metastudio upload`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from command import ACCESS_KEY, PROJECT_ID, SECRET_KEY, Metastudio
from emulator_process import Emulator
from holding_proxy import HoldingProxy, holding_proxy
from terminal import Terminal, terminal

CTRL_C = "\x03"
INTERRUPTED = 130

# The calls of an upload, by what stands in their heads.
CREATE_ASSET = b"POST /v1/%s/digital-assets "
CREATE = b"POST /v1/%s/files "
PUT = b"PUT /"
CONFIRM = b"/complete "
SHOW_ASSET = b"GET /v1/%s/digital-assets/"

# Telling the service may take 5 s, noticing a signal 0.2 s.
SOON = 5.2
# Where the 5 s are used up, a busy machine needs a little more.
BUSY = 1.0
# With the second Ctrl-C nothing is waited for; the rest is for a busy machine.
AT_ONCE = 2.0


class Session:
    """An upload in a terminal, with a proxy between it and the emulator."""

    def __init__(self, metastudio: Metastudio, emulator: Emulator, proxy: HoldingProxy) -> None:
        self.metastudio = metastudio
        self.emulator = emulator
        self.proxy = proxy

    def of_project(self, marker: bytes) -> bytes:
        return marker % self.emulator.project_id.encode() if b"%s" in marker else marker

    @contextmanager
    def upload(self, *args: str, stdin: int | None = None) -> Iterator[Terminal]:
        env = self.metastudio.environment(
            {
                ACCESS_KEY: self.emulator.access_key,
                SECRET_KEY: self.emulator.secret_key,
                PROJECT_ID: self.emulator.project_id,
                "METASTUDIO_ENDPOINT": self.proxy.url,
            }
        )
        command = [str(self.metastudio.path), "upload", *args]
        with terminal(command, env, self.metastudio.home, stdin) as running:
            yield running

    def file(self, name: str = "clip.mp4", size: int = 100_000) -> str:
        (self.metastudio.home / name).write_bytes(bytes(size))
        return name

    def states(self) -> list[str]:
        return [file["state"] for file in self.emulator.files().values()]


@pytest.fixture
def session(metastudio: Metastudio, emulator: Emulator) -> Iterator[Session]:
    with holding_proxy(emulator.url) as proxy:
        yield Session(metastudio, emulator, proxy)


def assert_clean(running: Terminal) -> str:
    """Nothing of a bar is left on the screen; what is."""
    screen = running.screen()
    for part in ("[=", "[>", "[ ", "sending", "reading ", "confirming", "registering"):
        assert part not in screen, screen
    return screen


def test_f57_while_the_content_is_read(session: Session) -> None:
    # Sparse: long to read, and no burden on the disk.
    with (session.metastudio.home / "clip.mp4").open("wb") as file:
        file.truncate(5 << 30)
    with session.upload("clip.mp4", "--asset-id", "a") as running:
        running.wait_for("reading")
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        screen = assert_clean(running)
    assert "metastudio: stopping" in screen
    assert "cancelled by the caller" in screen
    assert session.states() == []


def test_f57_while_stdin_is_waited_for(session: Session) -> None:
    reader, writer = os.pipe()
    try:
        arguments = ("-", "--name", "clip.mp4", "--asset-id", "a")
        with session.upload(*arguments, stdin=reader) as running:
            os.write(writer, b"the first bytes")
            running.wait_for("reading")
            running.type(CTRL_C)
            assert running.end(AT_ONCE) == INTERRUPTED
            assert_clean(running)
    finally:
        os.close(reader)
        os.close(writer)
    assert session.states() == []


@pytest.mark.parametrize("marker", [CREATE_ASSET, CREATE])
def test_f57_while_the_file_is_registered(session: Session, marker: bytes) -> None:
    marker = session.of_project(marker)
    session.proxy.hold(marker)
    with session.upload(session.file(), "--new-asset", "VIDEO") as running:
        session.proxy.wait_for(marker)
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        screen = assert_clean(running)
    assert "it is not known whether it was applied" in screen
    assert session.states() == []


def test_f57_while_the_content_is_sent(session: Session) -> None:
    session.proxy.hold(PUT)
    with session.upload(session.file(size=5_000_000), "--asset-id", "a") as running:
        session.proxy.wait_for(PUT)
        running.wait_for("sending")
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        screen = assert_clean(running)
    [file] = session.emulator.files().values()
    assert file["state"] == "CANCELLED"
    assert f"file {file['file_id']} was set to CANCELLED" in screen


def test_f57_after_created_was_sent(session: Session) -> None:
    session.proxy.hold_answer(CONFIRM)
    with session.upload(session.file(), "--asset-id", "a") as running:
        session.proxy.wait_for(CONFIRM)
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        screen = assert_clean(running)
    [file] = session.emulator.files().values()
    assert file["state"] == "CREATED"
    assert "CREATED was sent for" in screen
    next_step = f"next: metastudio confirm {file['file_id']} --state CREATED --asset-id a"
    assert next_step in screen


def test_f57_while_the_review_is_waited_for(session: Session) -> None:
    marker = session.of_project(SHOW_ASSET)
    session.proxy.hold(marker)
    with session.upload(session.file(), "--asset-id", "a", "--wait", "60") as running:
        session.proxy.wait_for(marker)
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        screen = assert_clean(running)
    assert session.states() == ["CREATED"]
    assert "is CREATED and stays so" in screen


def test_f57_a_service_that_is_silent_holds_nobody_up(session: Session) -> None:
    """Neither the content nor CANCELLED gets through."""
    session.proxy.hold(PUT)
    session.proxy.hold(CONFIRM)
    with session.upload(session.file(), "--asset-id", "a") as running:
        session.proxy.wait_for(PUT)
        running.type(CTRL_C)
        assert running.end(SOON + BUSY) == INTERRUPTED
        screen = assert_clean(running)
    [file_id] = session.emulator.files()
    assert f"file {file_id} isn't known to be set to CANCELLED" in screen
    assert f"next: metastudio confirm {file_id} --state CANCELLED" in screen


def test_f57_the_second_one_ends_it_at_once(session: Session) -> None:
    """While CANCELLED is told and nobody answers."""
    session.proxy.hold(PUT)
    session.proxy.hold(CONFIRM)
    with session.upload(session.file(), "--asset-id", "a") as running:
        session.proxy.wait_for(PUT)
        running.type(CTRL_C)
        session.proxy.wait_for(CONFIRM)
        running.type(CTRL_C)
        assert running.end(AT_ONCE) == INTERRUPTED
        screen = assert_clean(running)
    [file_id] = session.emulator.files()
    assert "metastudio: ended at once" in screen
    assert f"close it with metastudio confirm {file_id} --state CANCELLED" in screen
    assert session.states() == ["CREATING"]


def test_f57_several_files(session: Session) -> None:
    session.proxy.hold(PUT)
    files = [session.file(f"{number}.mp4") for number in range(6)]
    with session.upload(*files, "--new-asset", "VIDEO", "--jobs", "2") as running:
        session.proxy.wait_for(PUT, times=2)
        running.wait_for("0 of 6 files")
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        screen = assert_clean(running)
    assert session.states() == ["CANCELLED", "CANCELLED"]
    assert "summary    0 of 6 files CREATED, 6 cancelled" in screen
    for name in files:
        assert f"cancelled  {name}" in screen


def test_f57_several_files_the_second_time(session: Session) -> None:
    session.proxy.hold(PUT)
    session.proxy.hold(CONFIRM)
    files = [session.file(f"{number}.mp4") for number in range(6)]
    with session.upload(*files, "--new-asset", "VIDEO", "--jobs", "2") as running:
        session.proxy.wait_for(PUT, times=2)
        running.type(CTRL_C)
        session.proxy.wait_for(CONFIRM, times=2)
        running.type(CTRL_C)
        assert running.end(AT_ONCE) == INTERRUPTED
        screen = assert_clean(running)
    assert session.states() == ["CREATING", "CREATING"]
    for file in session.emulator.files().values():
        text = f"{file['file_name']}: file {file['file_id']} is registered and still open"
        assert text in screen


def test_f57_several_files_at_a_slow_rate(session: Session) -> None:
    """The next call would be made in 100 s, but who cancels doesn't wait in line."""
    session.proxy.hold(PUT)
    files = [session.file(f"{number}.png") for number in range(2)]
    options = ("--asset-id", "a", "--category", "PAGE", "--rate", "0.01")
    with session.upload(*files, *options) as running:
        session.proxy.wait_for(PUT)
        running.type(CTRL_C)
        assert running.end(SOON) == INTERRUPTED
        assert_clean(running)
    assert session.states() == ["CANCELLED"]
