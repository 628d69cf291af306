"""Whether an attempt at a part of a job is at work, has ended, or has died.

Each has a file that is locked as long as its process lives, and that isn't empty once the attempt
has ended well, or was given up by another one.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ._exceptions import UploadCancelledError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where nobody is taken for dead
    fcntl = None  # type: ignore[assignment]


@contextmanager
def at_work(path: "Path") -> "Iterator[None]":
    """Holds the lock of a new attempt within the block, and notes that it has ended well.

    Raises:
        UploadCancelledError: meanwhile another attempt took this one for dead.
    """
    with path.open("x+b") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
        if file.read():
            text = f"{path.stem}: another attempt took it for dead and set its files to CANCELLED"
            raise UploadCancelledError(
                text, kind="cancelled", operation="Pipeline", error_msg=text, results=()
            )
        file.write(b"ended")


@contextmanager
def given_up(path: "Path") -> "Iterator[bool]":
    """Gives an attempt up if its process has died before it had ended: it can't count any more.
    Nobody else does within the block."""
    with path.open("r+b") as file:
        has_died = False
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                has_died = not file.read()
            except OSError:
                pass
        if has_died:
            file.write(b"given up")
            file.flush()
        yield has_died
