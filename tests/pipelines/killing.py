"""Kills a process of an engine in the middle of its work."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Who is meant, by what it does or is.
Victim = Callable[[Path], bool]


@contextmanager
def killed_when(is_time: Callable[[], bool], victim: Victim, above: int = 0) -> Iterator[None]:
    """Within the block one process is killed with SIGKILL as soon as it is time; it must have been.

    Args:
        is_time: asked again and again.
        victim: whether it is this one, told by its directory in /proc.
        above: kills its parent (1) or grandparent (2) in its place.
    """
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            if killed or not is_time():
                continue
            parents = _parents()
            for pid in _descendants(os.getpid(), parents):
                if victim(Path("/proc", str(pid))):
                    for _ in range(above):
                        pid = parents[pid]
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    break

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()
    assert killed, "the work was done before anything was killed"


def writes_within(directory: Path) -> Victim:
    """A process that has a file of this directory open."""

    def is_it(process: Path) -> bool:
        with suppress(OSError):
            links = (process / "fd").iterdir()
            return any(link.readlink().is_relative_to(directory) for link in links)
        return False

    return is_it


def is_called(words: str) -> Victim:
    """A process with these words in its command line."""

    def is_it(process: Path) -> bool:
        with suppress(OSError):
            return words in (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return False

    return is_it


def _parents() -> dict[int, int]:
    """Parents of all processes."""
    parents = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                stat = (process / "stat").read_text()
                parents[int(process.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def _descendants(pid: int, parents: dict[int, int]) -> Iterator[int]:
    for child in [child for child, parent in parents.items() if parent == pid]:
        yield child
        yield from _descendants(child, parents)
