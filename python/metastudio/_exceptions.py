"""Exceptions, by what a caller can do about them.

Each says in ``outcome`` whether the call was applied: ``"applied"``, ``"not_applied"`` or
``"unknown"``. They can be pickled and copied with all their attributes.
"""


class Attempt:
    """One attempt of a call that failed in the end."""

    __slots__ = ("error_code", "message", "outcome", "request_id", "seconds", "status")

    status: "int | None"
    error_code: "str | None"
    message: str
    request_id: "str | None"
    outcome: str
    seconds: float

    def __init__(
        self,
        status: "int | None",
        error_code: "str | None",
        message: str,
        request_id: "str | None",
        outcome: str,
        seconds: float,
    ) -> None:
        self.status = status
        self.error_code = error_code
        self.message = message
        self.request_id = request_id
        self.outcome = outcome
        self.seconds = seconds

    def _values(self) -> "tuple[object, ...]":
        return tuple(getattr(self, name) for name in ("status", "error_code", "message", "request_id", "outcome", "seconds"))

    def __reduce__(self) -> "tuple[object, ...]":
        return Attempt, self._values()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attempt) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        answer = f"status {self.status}" if self.status is not None else "no answer"
        code = f" {self.error_code}" if self.error_code else ""
        return f"<Attempt {answer}{code}: {self.message} ({self.outcome}, {self.seconds:.3f} s)>"


class MetaStudioError(Exception):
    """Base of all errors of this package. Its text is one line for a person.

    Attributes:
        kind: the kind of failure in one word, such as ``"rate_limited"``.
        operation: the vendor's name of the call, or what else was being done.
        subject: the file that the call was about: its id, or its name before it had one.
        outcome: ``"applied"``, ``"not_applied"`` or ``"unknown"``.
        status: status of the last answer, or None.
        error_code: error code of the last answer, opaque text, or None.
        error_msg: what the last answer said, else what went wrong.
        request_id: the service's id of the last answered request, or None.
        attempts: all attempts, as a tuple of :class:`Attempt`; empty when nothing was sent.
        retry_after: seconds that the server wants to be left alone, or None.
        stage: stage of an upload that failed: inspect, hash, create, put or confirm, or None.
        file_id: the file's id, once it had one, or None.
        cleanup: what became of an upload's file: done, failed, not_needed or forbidden, or None.
    """

    kind: str = "internal"
    operation: str = ""
    subject: "str | None" = None
    outcome: str = "not_applied"
    status: "int | None" = None
    error_code: "str | None" = None
    error_msg: str = ""
    request_id: "str | None" = None
    attempts: "tuple[Attempt, ...]" = ()
    retry_after: "float | None" = None
    stage: "str | None" = None
    file_id: "str | None" = None
    cleanup: "str | None" = None

    def __init__(self, message: str = "", **attributes: object) -> None:
        super().__init__(message)
        self.__dict__.update(attributes)

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def __repr__(self) -> str:
        shown = ("outcome", "status", "error_code", "request_id", "file_id")
        values = [f"{name}={value!r}" for name in shown if (value := getattr(self, name)) is not None]
        return f"{type(self).__name__}({str(self)!r}, {', '.join(values)})"

    def __reduce__(self) -> "tuple[object, ...]":
        return _rebuild, (type(self), str(self), self.__dict__.copy())


def _rebuild(cls: "type[MetaStudioError]", message: str, attributes: "dict[str, object]") -> MetaStudioError:
    return cls(message, **attributes)


class InvalidInputError(MetaStudioError, ValueError):
    """An argument is beyond its limits; nothing was sent."""


class InvalidConfigError(MetaStudioError, ValueError):
    """The client can't be built like this; nothing was sent."""


class CredentialsError(MetaStudioError, ValueError):
    """No usable credentials were given or found; nothing was sent."""


class AuthenticationError(MetaStudioError):
    """401: key, signature, clock or token is wrong. Never tried again by the client, because
    more than five failures lock a key for five minutes."""


class PermissionDeniedError(MetaStudioError, PermissionError):
    """403: the caller may not do this."""


class NotFoundError(MetaStudioError, LookupError):
    """404: there is no such thing."""


class RejectedError(MetaStudioError):
    """400, 409 or another 4xx: the service refused the call."""


class RateLimitedError(MetaStudioError):
    """429: too many calls. ``retry_after`` says when to come back, if the server did."""


class ServerError(MetaStudioError):
    """408 or 5xx: the service failed."""


class CallTimeoutError(MetaStudioError, TimeoutError):
    """Time ran out."""


class ConnectionFailedError(MetaStudioError, ConnectionError):
    """No connection could be made (DNS, connect, TLS, proxy), or it broke."""


class UnexpectedResponseError(MetaStudioError):
    """The answer isn't one that the service gives: a proxy, a login page, a redirect."""


class OutcomeUnknownError(MetaStudioError):
    """An attempt may have been applied, and a later one was refused. Look at the asset."""


class UploadCancelledError(MetaStudioError):
    """The caller cancelled."""


class SourceError(MetaStudioError, OSError):
    """The local file can't be read, or isn't what it was."""


class InternalError(MetaStudioError, RuntimeError):
    """A mistake in this package; the client can still be used. Please report it."""


BY_KIND: "dict[str, type[MetaStudioError]]" = {
    "invalid_input": InvalidInputError,
    "invalid_config": InvalidConfigError,
    "invalid_credentials": CredentialsError,
    "authentication": AuthenticationError,
    "permission_denied": PermissionDeniedError,
    "not_found": NotFoundError,
    "rejected": RejectedError,
    "rate_limited": RateLimitedError,
    "server": ServerError,
    "timeout": CallTimeoutError,
    "resolve": ConnectionFailedError,
    "connect": ConnectionFailedError,
    "tls": ConnectionFailedError,
    "proxy": ConnectionFailedError,
    "disconnected": ConnectionFailedError,
    "protocol": UnexpectedResponseError,
    "unexpected_redirect": UnexpectedResponseError,
    "unexpected_response": UnexpectedResponseError,
    "outcome_unknown": OutcomeUnknownError,
    "cancelled": UploadCancelledError,
    "source": SourceError,
    "internal": InternalError,
}


def make(kind: str, message: str, attributes: "dict[str, object]") -> MetaStudioError:
    """The exception for an error of the extension module."""
    return BY_KIND.get(kind, MetaStudioError)(message, kind=kind, **attributes)


# Users see these classes where they import them from.
for _class in (Attempt, MetaStudioError, *BY_KIND.values()):
    _class.__module__ = "metastudio"
