"""Programs that end, or begin anew, while calls of other threads wait for answers (F61)."""

import contextlib
import json
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

import metastudio

from child_servers import scripted_server

THREADS = 8


def say_nothing() -> None:
    asked.release()


def confirm(client: metastudio.Client, ended: Callable[[], object]) -> None:
    with contextlib.suppress(metastudio.MetaStudioError):
        client.confirm_file_upload("f")
    ended()


def threads_that_wait(client: metastudio.Client, *, daemon: bool) -> list[threading.Thread]:
    """They have sent their requests, and wait."""
    threads = [
        threading.Thread(target=confirm, args=(client, ended.release), daemon=daemon)
        for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert asked.acquire(timeout=30)
    return threads


def daemons(client: metastudio.Client) -> None:
    """Daemon threads are left behind at the end."""
    threads_that_wait(client, daemon=True)


def dropped(client: metastudio.Client) -> None:
    """Nobody else holds the client any more when the program ends."""
    threads_that_wait(client, daemon=True)
    del client


def normal(client: metastudio.Client) -> None:
    """Python waits for normal threads; their calls end by their own limits."""
    threads_that_wait(client, daemon=False)


def by_sys_exit(client: metastudio.Client) -> NoReturn:
    threads_that_wait(client, daemon=True)
    print(json.dumps("ends"), flush=True)
    sys.exit(0)


def left_block(client: metastudio.Client) -> None:
    """An exception leaves the client's block: the calls of other threads are cancelled."""
    try:
        with client:
            threads = threads_that_wait(client, daemon=False)
            raise KeyError  # noqa: TRY301
    except KeyError:
        for thread in threads:
            thread.join(1)
            assert not thread.is_alive()


SCENARIOS = {
    "daemons": daemons,
    "dropped": dropped,
    "normal": normal,
    "by_sys_exit": by_sys_exit,
    "left_block": left_block,
}

asked, ended = threading.Semaphore(0), threading.Semaphore(0)
with scripted_server(*[say_nothing] * THREADS) as url:
    # For normal threads this is all that the end may take.
    own = metastudio.Client(
        endpoint=url, project_id="p", token="t", max_attempts=1, attempt_timeout=0.5
    )
    if sys.argv[1] not in ("normal", "left_block"):
        own = own.with_options(attempt_timeout=60)
    SCENARIOS[sys.argv[1]](own)
    del own
    print(json.dumps("ends"), flush=True)
