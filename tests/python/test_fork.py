"""Forks with a client at hand, in real processes (F60): see fork_child.py."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from child import HERE, answer_of
from child_servers import scripted_server
from command import Metastudio
from counting_proxy import counting_proxy
from emulator_process import Emulator, running_emulator

# 1,000 in the long run.
ROUNDS = int(os.environ.get("METASTUDIO_TEST_FORKS", "100"))

TLS = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@contextmanager
def service(metastudio: Metastudio, log: Path, *, tls: bool) -> Iterator[Emulator]:
    options = ("--tls",) if tls else ()
    with running_emulator(metastudio, log, None, *options) as emulator:
        yield emulator


def told(emulator: Emulator, rounds: int = 1, url: str | None = None) -> str:
    return json.dumps(
        {
            "url": url or emulator.url,
            "project_id": emulator.project_id,
            "token": emulator.token,
            "ca_file": emulator.ca_file,
            "rounds": rounds,
        }
    )


def check(emulator: Emulator, ids: dict[str, Any]) -> None:
    """Each call got the id of its own file."""
    assert "failed" not in ids, ids["failed"]
    files = emulator.files()
    assert {name: files[ids[name]]["file_name"] for name in ids} == {
        name: f"{name}.mp4" for name in ids
    }


@TLS
@pytest.mark.parametrize(("scenario", "children_calls"), [("idle", 2), ("busy", 3)])
def test_f60_every_child_and_its_parent_get_their_own_answers(
    metastudio: Metastudio, tmp_path: Path, scenario: str, children_calls: int, tls: bool
) -> None:
    with service(metastudio, tmp_path / "log", tls=tls) as emulator:
        limit = 60 + ROUNDS
        ids = answer_of("fork_child.py", scenario, told(emulator, ROUNDS), timeout=limit)
        check(emulator, ids)
        assert sum(name.startswith("child") for name in ids) == children_calls * ROUNDS


@TLS
def test_f60_the_parents_connection_is_used_on_and_never_by_a_child(
    metastudio: Metastudio, tmp_path: Path, tls: bool
) -> None:
    """Each of two children makes a connection; the parent has one from beginning to end."""
    with (
        service(metastudio, tmp_path / "log", tls=tls) as emulator,
        counting_proxy(emulator.url) as (url, connections),
    ):
        check(emulator, answer_of("fork_child.py", "idle", told(emulator, 2, url)))
        assert len(connections) == 3


@TLS
def test_f60_a_child_lets_go_of_the_parents_connection(
    metastudio: Metastudio, tmp_path: Path, tls: bool
) -> None:
    """So the server sees its end as soon as the parent closes it, however long the child lives."""
    with (
        service(metastudio, tmp_path / "log", tls=tls) as emulator,
        counting_proxy(emulator.url) as (url, connections),
        subprocess.Popen(
            [sys.executable, str(HERE / "fork_child.py"), "lingering", told(emulator, url=url)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "closed\n"
        assert connections.ended[0].wait(10)
        assert program.poll() is None
        print("go on", file=program.stdin, flush=True)
        check(emulator, json.loads(program.stdout.readline()))


def test_f60_a_call_that_forks_in_its_middle_goes_on_in_the_parent_alone() -> None:
    release = b"HTTP/1.1 200 OK\r\nX-Request-Id: parents\r\nContent-Length: 0\r\n\r\n"

    def answer_late() -> bytes:
        time.sleep(1)
        return release

    with scripted_server(answer_late) as url:
        service = {"url": url, "project_id": "p", "token": "t", "ca_file": None, "rounds": 1}
        said = answer_of("fork_child.py", "in_a_handler", json.dumps(service))
    assert said["parent"] == {"request_id": "parents"}
    assert "goes on in the parent" in said["child"]["text"]
    assert said["child"]["outcome"] == "unknown"


def test_f60_a_batch_that_forks_in_its_middle_goes_on_in_the_parent_alone() -> None:
    with scripted_server() as url:
        service = {"url": url, "project_id": "p", "token": "t", "ca_file": None, "rounds": 1}
        said = answer_of("fork_child.py", "in_a_batch", json.dumps(service))
    assert said["parent"] == [f"f{number}" for number in range(64)]
    assert "belongs to the process that began it" in said["child"]["text"]
    # Nothing of the parent's 64 was sent by the child.
    assert said["child"]["own"].isdecimal()


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_f60_a_pool_of_processes_shares_a_client(emulator: Emulator, method: str) -> None:
    """It is inherited or pickled; its keys are in the environment of all."""
    env = {
        "HUAWEICLOUD_SDK_AK": emulator.access_key,
        "HUAWEICLOUD_SDK_SK": emulator.secret_key,
    }
    told = (method, emulator.url, emulator.project_id)
    said = answer_of("multiprocessing_child.py", *told, env=env)
    assert said["processes"] >= 1
    assert said["code"] == 0
    assert len(said["ids"]) == 14
    check(emulator, said["ids"])
    names = [file["file_name"] for file in emulator.files().values()]
    assert names.count("inherited.mp4") == 1
