"""Interpreters beside the main one, and event loops (F63)."""

import asyncio
import sys
import textwrap
from types import SimpleNamespace

import metastudio
import pytest

from child import run_python
from child_servers import scripted_server

PROGRAM = """
import {module} as interpreters
{before}
own = interpreters.create()
try:
    error = interpreters.run_string(own, "import metastudio")
except Exception as raised:
    error = raised
print(error)
"""


@pytest.mark.parametrize("before", ["", "import metastudio"], ids=["first", "second"])
def test_f63_a_subinterpreter_is_told_that_it_cannot(before: str) -> None:
    """Whether or not the main interpreter has the package already, which goes on with it."""
    module = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    program = PROGRAM.format(module=module, before=before)
    program += textwrap.dedent("""
        import metastudio
        client = metastudio.Client(endpoint="http://127.0.0.1:1", project_id="p", token="t")
        print(client)
    """)
    done = run_python("-X", "faulthandler", "-c", program)
    assert done.returncode == 0, done.stderr
    assert "ImportError" in done.stdout
    assert "subinterpreter" in done.stdout
    assert "Client(endpoint='http://127.0.0.1:1', project_id='p')" in done.stdout


def test_f63_an_event_loop_goes_on_while_a_thread_of_it_calls() -> None:
    """The server answers only after the loop has turned a hundred times since the request."""
    seen = SimpleNamespace(turns=0)

    async def run() -> list[str]:
        loop = asyncio.get_running_loop()

        async def turn() -> None:
            for _ in range(100):
                seen.turns += 1
                await asyncio.sleep(0)

        def answer_after_turns() -> bytes:
            asyncio.run_coroutine_threadsafe(turn(), loop).result(30)
            return b"HTTP/1.1 200 OK\r\nX-Request-Id: turned\r\nContent-Length: 0\r\n\r\n"

        with scripted_server(answer_after_turns, answer_after_turns) as url:
            client = metastudio.Client(endpoint=url, project_id="p", token="t", max_attempts=1)
            calls = (asyncio.to_thread(client.confirm_file_upload, "f") for _ in range(2))
            return [confirmed.request_id for confirmed in await asyncio.gather(*calls)]

    assert asyncio.run(run()) == ["turned", "turned"]
    assert seen.turns == 200
