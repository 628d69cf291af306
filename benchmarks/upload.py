"""Time of an upload, in seconds: `python upload.py ours|theirs|singly|many URL PATH...`.

Ours is the whole upload with its calls before and after the PUT; theirs is only what anybody would
write with hashlib and requests to get the MD5 and to send the PUT. `singly` and `many` upload all
files with ours.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metastudio import Client

PROJECT = "6a6a1f8354f64dd9b9a614def7b59d83"
ASSET = "942e65a5fd219a2e01fb08d881cfadb9"
KEYS = ("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6Pznpd")


def client(url: str) -> "Client":
    import metastudio

    keys = metastudio.Credentials(*KEYS)
    return metastudio.Client(endpoint=url, project_id=PROJECT, credentials=keys)


def ours(url: str, path: Path) -> float:
    return singly(url, [path])


def singly(url: str, paths: list[Path]) -> float:
    one = client(url)
    start = time.perf_counter()
    for path in paths:
        one.upload(path, asset_id=ASSET)
    return time.perf_counter() - start


def many(url: str, paths: list[Path]) -> float:
    one = client(url)
    start = time.perf_counter()
    # Of another category, for an asset has one main file.
    one.upload_many(paths, asset_id=ASSET, category="OTHER", raise_on_error=True)
    return time.perf_counter() - start


def theirs(url: str, path: Path) -> float:
    import base64
    import hashlib

    import requests

    start = time.perf_counter()
    with path.open("rb") as content:
        md5 = hashlib.file_digest(content, "md5").digest()
        content.seek(0)
        headers = {"Content-MD5": base64.b64encode(md5).decode(), "Content-Type": "video/mp4"}
        requests.put(f"{url}/key", data=content, headers=headers).raise_for_status()
    return time.perf_counter() - start


def main() -> None:
    side, url, *words = sys.argv[1:]
    paths = [Path(word) for word in words]
    if side in ("singly", "many"):
        measure = singly if side == "singly" else many
        print(measure(url, paths))
    else:
        [path] = paths
        print(ours(url, path) if side == "ours" else theirs(url, path))


if __name__ == "__main__":
    main()
