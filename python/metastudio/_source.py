"""Calls a function for credentials on a thread of Python's own.

When the interpreter ends while the function still runs, it ends such a thread by itself; one that
Python was only called from would take the whole process along.
"""

import threading
from collections.abc import Callable

_Tell = Callable[[object, BaseException | None], object]


def ask(function: Callable[[], object], enter: Callable[[], object], tell: _Tell) -> None:
    """Starts the thread. ``tell`` is called once, with what is given or with what is raised."""

    def run() -> None:
        try:
            enter()
            given = function()
        except BaseException as raised:
            tell(None, raised)
        else:
            tell(given, None)

    threading.Thread(target=run, name="metastudio-credentials", daemon=True).start()
