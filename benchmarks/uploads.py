"""Uploads to a server that throws everything away: ours beside curl, hashlib and requests."""

import os
import statistics
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from table import Row

SIZE = 1 << 30
BLOCK = 1 << 20
FILES, FILE_SIZE = 20, 50 << 20


def content(place: Path, size: int) -> Path:
    """A file of random bytes that lies in the page cache."""
    if not (place.is_file() and place.stat().st_size == size):
        with place.open("wb") as file:
            for _ in range(size // BLOCK):
                file.write(os.urandom(BLOCK))
    with place.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            pass
    return place


def by_curl(url: str, path: Path) -> float:
    """Seconds of a PUT by curl, with the headers that ours has."""
    headers = (
        "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==",
        "Content-Type: video/mp4",
        "Expect: 100-continue",
    )
    command = ["curl", "--disable", "--silent", "--show-error", "--fail", "--noproxy", "*"]
    command += ["--output", os.devnull, "--write-out", "%{time_total}", "--upload-file", str(path)]
    for header in headers:
        command += ["--header", header]
    return seconds([*command, f"{url}/key"])


def seconds(command: list[str]) -> float:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)


def rows(
    script: Callable[..., list[float]], put: Path, url: str, place: Path, rounds: int
) -> Iterator[Row]:
    """`script` runs one of this directory in the interpreter of a side; `put` is our PUT."""
    path = content(place / "content.mp4", SIZE)
    measured: dict[str, list[float]] = {"put": [], "curl": [], "ours": [], "theirs": []}
    for _ in range(rounds):
        measured["curl"].append(by_curl(url, path))
        measured["put"].append(seconds([str(put), url, str(path)]))
        measured["theirs"] += script("vendor", "upload.py", "theirs", url, str(path))
        measured["ours"] += script("ours", "upload.py", "ours", url, str(path))
    times = {name: statistics.median(values) for name, values in measured.items()}
    yield Row("PUT, curl", "s", times["put"], times["curl"], at_most_of_theirs=1.15)
    name = "MD5 and PUT, requests"
    yield Row(name, "s", times["ours"], times["theirs"], at_most_of_theirs=1)

    names = [place / f"content-{number}.mp4" for number in range(FILES)]
    files = [str(content(name, FILE_SIZE)) for name in names]
    ways: dict[str, list[float]] = {"many": [], "singly": []}
    for _ in range(rounds):
        for way, taken in ways.items():
            taken += script("ours", "upload.py", way, url, *files)
    times = {way: statistics.median(taken) for way, taken in ways.items()}
    name = "upload_many, one by one"
    yield Row(name, "s", times["many"], times["singly"], at_most_of_theirs=0.7)
