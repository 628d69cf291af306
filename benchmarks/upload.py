"""Time of an upload, in seconds: `python upload.py ours|theirs URL PATH`.

Ours is the whole upload with its calls before and after the PUT; theirs is only what anybody would
write with hashlib and requests to get the MD5 and to send the PUT.
"""

import sys
import time
from pathlib import Path

PROJECT = "6a6a1f8354f64dd9b9a614def7b59d83"
ASSET = "942e65a5fd219a2e01fb08d881cfadb9"
KEYS = ("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6Pznpd")


def ours(url: str, path: Path) -> float:
    import metastudio

    keys = metastudio.Credentials(*KEYS)
    client = metastudio.Client(endpoint=url, project_id=PROJECT, credentials=keys)
    start = time.perf_counter()
    client.upload(path, asset_id=ASSET)
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
    side, url, path = sys.argv[1:]
    measure = ours if side == "ours" else theirs
    print(measure(url, Path(path)))


if __name__ == "__main__":
    main()
