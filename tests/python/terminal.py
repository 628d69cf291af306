"""A program in a terminal of its own: what is typed reaches it as from a keyboard, and what it
writes is kept as a person would see it."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

# Makes the terminal behind stderr the controlling one, whose ^C becomes a signal.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(2, termios.TIOCSCTTY, 0);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
ROWS, COLUMNS = 40, 100
PATIENCE = 30.0


class Screen:
    """What lines look like after all that was written to them. What it doesn't know is an error."""

    # A control sequence, a control character, or text.
    PIECE = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\n])|([^\x00-\x1f]+)")

    def __init__(self) -> None:
        self.lines = [""]
        self.row = self.column = 0

    def feed(self, text: str) -> None:
        end = 0
        for piece in self.PIECE.finditer(text):
            assert piece.start() == end, f"unknown: {text[end : piece.start()]!r}"
            end = piece.end()
            number, letter, control, plain = piece.groups()
            if control == "\r":
                self.column = 0
            elif control == "\n":
                self._down()
            elif plain is not None:
                for character in plain:
                    self._put(character)
            elif letter == "K" and number == "2":
                self.lines[self.row] = ""
            else:
                raise AssertionError(f"unknown: {piece.group()!r}")
        assert end == len(text), f"unknown: {text[end:]!r}"

    def _put(self, character: str) -> None:
        if self.column == COLUMNS:
            self.column = 0
            self._down()
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
        self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def text(self) -> str:
        """All lines in one, so that a text is found wherever it was wrapped."""
        return "".join(self.lines)


class Terminal:
    """A terminal in which a program runs."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self._master = master
        self._written = b""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # Reading fails once nobody has the other side open.
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 65536):
                with self._changed:
                    self._written += data
                    self._changed.notify_all()

    def raw(self) -> str:
        """Everything that was written, control sequences and all."""
        with self._changed:
            return self._written.decode()

    def wait_for(self, text: str) -> None:
        """Returns as soon as the text has been written."""
        with self._changed:
            seen = self._changed.wait_for(lambda: text.encode() in self._written, PATIENCE)
        assert seen, f"{text!r} didn't come: {self.raw()!r}"

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def end(self, seconds: float) -> int:
        """The exit code, which has to come within this time."""
        started = time.monotonic()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {seconds} s: {self.raw()!r}") from None
        self._reader.join(PATIENCE)
        self.seconds = time.monotonic() - started
        return code

    def screen(self) -> str:
        """What a person sees, without line ends."""
        screen = Screen()
        screen.feed(self.raw())
        return screen.text()


@contextmanager
def terminal(
    arguments: Sequence[str | Path],
    env: Mapping[str, str],
    cwd: Path,
    stdin: int | None = None,
) -> Iterator[Terminal]:
    """Starts a program in a terminal, from which stdin comes too if nothing else is given. It
    doesn't outlive the block."""
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *arguments],
            env={**env, "TERM": "xterm"},
            cwd=cwd,
            stdin=slave if stdin is None else stdin,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
    finally:
        os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
