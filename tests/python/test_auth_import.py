"""`metastudio.auth` costs nothing until one of its classes is asked for."""

import pytest

from child import run_python
from test_import import imported_by

# As if neither client were installed.
WITHOUT = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("requests", "httpx"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

sys.meta_path.insert(0, Hidden())
"""


def test_no_client_is_imported() -> None:
    assert imported_by("metastudio.auth") == imported_by("metastudio") | {"metastudio.auth"}


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("RequestsAuth", "requests"),
        ("RequestsTokenAuth", "requests"),
        ("HttpxAuth", "httpx"),
        ("HttpxTokenAuth", "httpx"),
    ],
)
def test_only_the_one_that_is_used_is_imported(name: str, client: str) -> None:
    program = f"import metastudio.auth, sys; metastudio.auth.{name}; print(*sys.modules)"
    done = run_python("-c", program)
    assert done.returncode == 0, done.stderr
    assert {"requests", "httpx"} & set(done.stdout.split()) == {client}


@pytest.mark.parametrize(("name", "client"), [("RequestsAuth", "requests"), ("HttpxAuth", "httpx")])
def test_a_missing_client_is_named(name: str, client: str) -> None:
    program = f"""{WITHOUT}
import metastudio, metastudio.auth
assert "{name}" in dir(metastudio.auth)
for ask in (lambda: metastudio.auth.{name}, lambda: exec("from metastudio.auth import {name}")):
    try:
        ask()
    except ImportError as error:
        print(error)
"""
    done = run_python("-c", program)
    assert done.returncode == 0, done.stderr
    text = f"metastudio.auth.{name} needs {client}, which isn't installed: pip install {client}"
    assert done.stdout.splitlines() == [text] * 2


def test_there_is_nothing_else() -> None:
    done = run_python("-c", "from metastudio.auth import Nothing")
    assert "ImportError: cannot import name 'Nothing' from 'metastudio.auth'" in done.stderr
