"""A client in a process that gevent has patched: test_gevent.py says what has to be seen.

Patching comes before everything else, so this is a program of its own.
"""

from gevent import monkey

monkey.patch_all()

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import gevent
import metastudio
from metastudio.testing import Emulator

# Those of the system: a thread that sends a signal while the greenlets are held up.
sleep, start_thread = (
    monkey.get_original("time", "sleep"),
    monkey.get_original("_thread", "start_new_thread"),
)


def files(client: metastudio.Client) -> int:
    def upload(number: int) -> str:
        name = f"{number}.mp4"
        return client.upload(b"content", new_asset="VIDEO", file_name=name).file_id

    greenlets = [gevent.spawn(upload, number) for number in range(5)]
    return len({greenlet.get() for greenlet in greenlets})


def ticks(emulator: Emulator, client: metastudio.Client) -> int:
    """Other greenlets go on while a call waits on a thread of gevent's pool."""
    count = 0

    def tick() -> None:
        nonlocal count
        while True:
            count += 1
            gevent.sleep(0.01)

    ticker = gevent.spawn(tick)
    emulator.fail("create_asset", how="latency", delay=0.5)
    create = client.create_digital_asset
    gevent.get_hub().threadpool.apply(create, ("clip", "VIDEO"))
    ticker.kill()
    return count


def interrupted(
    emulator: Emulator, how: Callable[[Callable[[], object]], object], client: metastudio.Client
) -> dict[str, Any]:
    sent = 0.0

    def interrupt() -> None:
        nonlocal sent
        while not any(request["path"].endswith("/f/complete") for request in emulator.requests()):
            sleep(0.01)
        sent = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)

    emulator.fail("confirm", how="black_hole")
    start_thread(interrupt, ())
    try:
        how(lambda: client.confirm_file_upload("f"))
    except BaseException as error:
        seconds, cause = time.monotonic() - sent, error.__cause__
        shown = [type(cause).__name__, getattr(cause, "outcome", None)]
        return {"seconds": seconds, "raised": type(error).__name__, "cause": shown}
    raise AssertionError("not interrupted")


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
        seen: dict[str, Any] = {"files": files(client)}
        seen["ticks_beside_its_threadpool"] = ticks(emulator, client)
        seen["main greenlet"] = interrupted(emulator, lambda call: call(), client)
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
        seen["another greenlet"] = interrupted(
            emulator, lambda call: gevent.spawn(call).get(), client
        )
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
