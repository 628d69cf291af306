"""A program with a pool of processes, to each of which it gives its client (F60, F62)."""

import json
import multiprocessing
import os
import sys
from typing import Any

import metastudio


def register(client: metastudio.Client, name: str) -> tuple[str, str, int]:
    created = client.create_file(f"{name}.mp4", file_size=1, file_md5=bytes(16), asset_id=name)
    return name, created.file_id, os.getpid()


def main(method: str, url: str, project_id: str) -> None:
    client = metastudio.Client(endpoint=url, project_id=project_id, max_attempts=1)
    ids = dict([register(client, "before")[:2]])
    context: Any = multiprocessing.get_context(method)
    with context.Pool(3) as pool:
        done = pool.starmap(register, [(client, f"{number}") for number in range(12)], 1)
    # What a process inherits by fork isn't pickled.
    process = context.Process(target=register, args=(client, "inherited"))
    process.start()
    process.join(30)
    ids |= {name: file_id for name, file_id, _ in done}
    ids |= dict([register(client, "after")[:2]])
    others = {process for *_, process in done} - {os.getpid()}
    print(json.dumps({"ids": ids, "processes": len(others), "code": process.exitcode}))


if __name__ == "__main__":
    main(*sys.argv[1:])
