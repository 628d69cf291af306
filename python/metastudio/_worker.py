"""What the workers of an engine are told: where the service is, and their share of its limit."""

import re
from typing import TYPE_CHECKING, Any

from ._exceptions import InvalidConfigError
from ._mss import Client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Of the client's options those that are no secret and can't hold one.
_CLIENT = ("region", "endpoint", "project_id", "ca_file")
_PACE = ("workers", "rate", "concurrency")
_SECRET = re.compile(
    r"secret|token|passw|credential|signature|private|auth|(access|api|secret)[-_.]?key"
    r"|(^|[-_.])(ak|sk)($|[-_.])"
)


class Worker:
    """Options of a job, which travel to its workers; no secret is among them.

    Args:
        options: by name: ``region``, ``endpoint``, ``project_id``, ``ca_file`` as for ``Client``;
            ``workers``, ``rate``, ``concurrency``; and the names in ``more``. Numbers may be text.
        more: names of the options of the job itself.

    Raises:
        InvalidConfigError: there is no such option, it looks like a secret, or its value can't be
            right.
    """

    def __init__(self, options: "Mapping[str, object]", more: "Iterable[str]" = ()) -> None:
        allowed = (*_CLIENT, *_PACE, *more)
        given = {name.lower(): value for name, value in options.items() if value is not None}
        for name in given:
            _check(name, allowed)
        self.workers = _count("workers", given.get("workers"))
        self.rate = _rate(given.get("rate", "documented"))
        concurrency = given.get("concurrency")
        self.concurrency = None if concurrency is None else _count("concurrency", concurrency)
        self._client = {name: given[name] for name in _CLIENT if name in given}
        self.more: dict[str, Any] = {name: given[name] for name in more if name in given}

    def client(self) -> Client:
        """A client with the credentials that this process finds."""
        return Client.from_env(**self._client)

    def pace(self, workers: int | None = None) -> "dict[str, Any]":
        """Options of a batch: the share of one of so many workers, by default of all."""
        workers = workers or self.workers
        rate = self.rate
        if rate == "documented" and workers > 1:
            rate = f"documented/{workers}"
        elif isinstance(rate, float):
            rate /= workers
        given = {} if self.concurrency is None else {"concurrency": self.concurrency}
        return {"rate": rate, **given}


def invalid(text: str) -> InvalidConfigError:
    """An option that is of no use; nothing was sent."""
    return InvalidConfigError(text, kind="invalid_config", operation="Pipeline", error_msg=text)


def flag(name: str, value: object) -> bool:
    """An option that is true or false, perhaps as text."""
    text = str(value).lower()
    if text not in ("true", "false"):
        raise invalid(f"option {name!r} is {text!r}, but must be true or false")
    return text == "true"


def _check(name: str, allowed: "Iterable[str]") -> None:
    if name in allowed:
        return
    if _SECRET.search(name):
        raise invalid(
            f"option {name!r} looks like a secret, and an engine shows options in its plans and "
            "logs: take it out. Each worker finds credentials by itself, in its environment, its "
            "credentials file or the metadata service"
        )
    raise invalid(f"there is no option {name!r}; there are {', '.join(allowed)}")


def _count(name: str, value: object) -> int:
    if value is None:
        raise invalid(
            f"option {name!r} is missing: how many tasks call the service at the same time, for "
            "they share its limit"
        )
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise invalid(f"option {name!r} is {text!r}, but must be a number from 1 to 999999")
    return int(text)


def _rate(value: object) -> str | float | None:
    text = str(value).lower()
    if text == "documented":
        return text
    if text == "none":
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.0 < rate < float("inf"):
        raise invalid(
            f"option 'rate' is {text!r}, but must be calls a second for all workers together, "
            "'documented' or 'none'"
        )
    return rate
