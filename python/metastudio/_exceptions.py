"""Exceptions, by what a caller can do about them."""

from ._attempt import Attempt

# Known to type checkers by its name; importing it from `typing` would cost more than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._many import UploadResult
    from ._mss import ConfirmResult


class MetaStudioError(Exception):
    """Base of all errors of this package. Its text is one line for a person.

    Look at ``outcome`` first. Errors can be pickled and copied with all their attributes, and
    hold no secrets.

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
        stage: stage of an upload that failed: inspect, hash, create, put, confirm or review, or
            None for single calls.
        file_id: the file's id, once it had one, or None. Also of a create whose answer named a
            file and can't be used: that file is open until it is confirmed as FAILED.
        cleanup: whether the service was told that an upload came to nothing: ``"done"`` (the file
            is FAILED or CANCELLED), ``"failed"`` (it stays as it is), ``"not_needed"`` (there was
            no file), ``"forbidden"`` (CREATED was sent, so nothing else may be), ``"open"`` (who
            resumes the journal confirms it), or None.
        new_asset: id of the asset that the upload had made for its file, or None.
        asset_cleanup: what became of that asset: ``"not_needed"`` (none was made), ``"kept"``,
            ``"deleted"`` (it is in the recycle bin), ``"failed"``, or None.
        possible_orphans: ids of CREATING files of the same name and content, looked up because
            nobody knows what became of the create. Another upload of the same content looks the
            same.
    """

    kind: str = "internal"
    operation: str = ""
    subject: str | None = None
    outcome: str = "not_applied"
    status: int | None = None
    error_code: str | None = None
    error_msg: str = ""
    request_id: str | None = None
    attempts: tuple[Attempt, ...] = ()
    retry_after: float | None = None
    stage: str | None = None
    file_id: str | None = None
    cleanup: str | None = None
    new_asset: str | None = None
    asset_cleanup: str | None = None
    possible_orphans: tuple[str, ...] = ()
    _explanation: str | None = None

    def __init__(self, message: str = "", **attributes: object) -> None:
        super().__init__(message)
        for name, value in attributes.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        # As soon as `errno` is set, OSError would write a text of its own.
        return str(self.args[0]) if self.args else ""

    def __repr__(self) -> str:
        names = ("outcome", "status", "error_code", "request_id", "file_id")
        shown = [repr(str(self))]
        for name in names:
            value = getattr(self, name)
            if value is not None:
                shown.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def explain(self) -> str | None:
        """Why a signature was refused: the cause, what to do, and what the gateway or the object
        store computed it from, line by line beside what was signed and sent here.

        None for errors that have nothing to do with a signature. Holds no secrets.
        """
        return self._explanation

    def __reduce__(self) -> tuple[object, ...]:
        attributes = self.__dict__.copy()
        if isinstance(self, OSError):
            # Kept outside of __dict__.
            attributes["errno"] = self.errno
        return _rebuild, (type(self), str(self), attributes)


def _rebuild(
    cls: type[MetaStudioError], message: str, attributes: dict[str, object]
) -> MetaStudioError:
    return cls(message, **attributes)


class InvalidInputError(MetaStudioError, ValueError):
    """An argument is beyond its limits; nothing was sent."""


class InvalidConfigError(MetaStudioError, ValueError):
    """The client can't be built or used like this; nothing was sent."""


class CredentialsError(MetaStudioError, ValueError):
    """No usable credentials were given or found; nothing was sent."""


class AuthenticationError(MetaStudioError):
    """401: key, signature, clock or token is wrong.

    Never tried again by the client, because more than five failures lock a key for five minutes.
    """


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
    """No connection could be made (DNS, connect, TLS, proxy), or it broke.

    ``errno`` is the system's number where it gave one.
    """


class UnexpectedResponseError(MetaStudioError):
    """The answer isn't one that the service gives: a proxy, a login page, a redirect."""


class OutcomeUnknownError(MetaStudioError):
    """An attempt may have been applied, and a later one was refused. Look at the asset."""


class UploadCancelledError(MetaStudioError):
    """The call was ended by the caller: by a :class:`CancelHandle`, or by what a signal's handler
    or a callback raised, whose ``__cause__`` it then is.

    Attributes:
        results: of ``upload_many`` what became of each file, as a tuple of :class:`UploadResult`.
    """

    results: "tuple[UploadResult, ...]" = ()


class SourceError(MetaStudioError, OSError):
    """The local file can't be read, or isn't what it was; or an Arrow stream of items broke off.

    ``errno`` is the system's number where it gave one, such as ``errno.ENOENT``. What a file
    object's own ``read`` raised is the ``__cause__``.
    """


class JournalError(MetaStudioError, OSError):
    """The journal can't be opened, read or written; what its next line would have guarded wasn't
    done.

    ``errno`` is the system's number where it gave one, such as ``errno.ENOSPC``.
    """


class InternalError(MetaStudioError, RuntimeError):
    """A mistake in this package; the client can still be used. Please report it."""


class UploadManyError(ExceptionGroup[MetaStudioError], MetaStudioError):
    """Some files of ``upload_many(..., raise_on_error=True)`` failed; all have come to an end.

    An ``ExceptionGroup`` of their errors, for ``except*``, and a :class:`MetaStudioError`. Its
    ``outcome`` is ``"unknown"`` when that of any file is.

    Attributes:
        results: what became of each file, as a tuple of :class:`UploadResult` in the files' order.
    """

    results: "tuple[UploadResult, ...]"

    def __new__(
        cls,
        message: str,
        errors: "Sequence[MetaStudioError]",
        results: "Sequence[UploadResult]" = (),  # noqa: ARG004
    ) -> "UploadManyError":
        return super().__new__(cls, message, errors)

    def __init__(
        self,
        message: str,
        errors: "Sequence[MetaStudioError]",
        results: "Sequence[UploadResult]" = (),
    ) -> None:
        Exception.__init__(self, message, errors)
        self.kind = "upload_many"
        self.operation = "Upload"
        self.error_msg = message
        self.results = tuple(results)
        outcomes = {error.outcome for error in errors}
        if "unknown" in outcomes:
            self.outcome = "unknown"

    def explain(self) -> str | None:
        """What the errors of the files explain, each text once."""
        return _explained(self.exceptions)

    def derive(self, errors: "Sequence[MetaStudioError]", /) -> "UploadManyError":  # type: ignore[override]
        return UploadManyError(self.message, errors, self.results)

    def __reduce__(self) -> tuple[object, ...]:
        made_from = (self.message, list(self.exceptions), self.results)
        return UploadManyError, made_from, self.__dict__.copy()


class ConfirmManyError(ExceptionGroup[MetaStudioError], MetaStudioError):
    """Some confirmations of ``confirm_many(..., raise_on_error=True)`` failed; all have come to
    an end.

    An ``ExceptionGroup`` of their errors, for ``except*``, and a :class:`MetaStudioError`. Its
    ``outcome`` is ``"unknown"`` when that of any confirmation is.

    Attributes:
        counts: how many confirmations ended ``"applied"``, ``"not_applied"`` and ``"unknown"``.
        results: the first thousand that failed, as a tuple of :class:`ConfirmResult` in the
            items' order. The group holds the errors of these.
    """

    counts: "dict[str, int]"
    results: "tuple[ConfirmResult, ...]"

    def __new__(
        cls,
        message: str,
        errors: "Sequence[MetaStudioError]",
        results: "Sequence[ConfirmResult]" = (),  # noqa: ARG004
        counts: "dict[str, int] | None" = None,  # noqa: ARG004
    ) -> "ConfirmManyError":
        return super().__new__(cls, message, errors)

    def __init__(
        self,
        message: str,
        errors: "Sequence[MetaStudioError]",
        results: "Sequence[ConfirmResult]" = (),
        counts: "dict[str, int] | None" = None,
    ) -> None:
        Exception.__init__(self, message, errors)
        self.kind = "confirm_many"
        self.operation = "Batch"
        self.error_msg = message
        self.results = tuple(results)
        self.counts = dict(counts or {})
        if self.counts.get("unknown") or "unknown" in {error.outcome for error in errors}:
            self.outcome = "unknown"

    def explain(self) -> str | None:
        """What the errors explain, each text once."""
        return _explained(self.exceptions)

    def derive(self, errors: "Sequence[MetaStudioError]", /) -> "ConfirmManyError":  # type: ignore[override]
        return ConfirmManyError(self.message, errors, self.results, self.counts)

    def __reduce__(self) -> tuple[object, ...]:
        made_from = (self.message, list(self.exceptions), self.results, self.counts)
        return ConfirmManyError, made_from, self.__dict__.copy()


def _explained(errors: "Sequence[BaseException]") -> str | None:
    texts = [error.explain() for error in errors if isinstance(error, MetaStudioError)]
    return "\n".join(dict.fromkeys(text for text in texts if text is not None)) or None


BY_KIND: dict[str, type[MetaStudioError]] = {
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
    "journal": JournalError,
    "internal": InternalError,
}


def make(
    kind: str, message: str, attributes: dict[str, object], errno: int | None = None
) -> MetaStudioError:
    """The exception for an error of the extension module."""
    error = BY_KIND.get(kind, MetaStudioError)(message, kind=kind, **attributes)
    if isinstance(error, OSError):
        error.errno = errno
    return error


# Users see these classes where they import them from.
for _class in (MetaStudioError, ConfirmManyError, UploadManyError, *BY_KIND.values()):
    _class.__module__ = "metastudio"
