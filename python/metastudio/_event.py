"""What a client's ``on_attempt`` is told."""


class AttemptEvent:
    """One attempt of a call, once it is over and judged. Holds no secrets and no URL; can be
    pickled.

    Attributes:
        operation: the vendor's name of the call, such as ``"ConfirmFileUpload"``; ``"PutContent"``
            and ``"PutPart"`` for the contents of files.
        subject: what the call is about: a file's or an asset's id, or a name before there is an
            id, or None.
        attempt: number of the attempt within its call, from 1.
        status: status of the answer, or None when there was none.
        error_code: error code of the answer, opaque text, or None.
        request_id: the server's id of the request, or None.
        seconds: how long it took, waiting for credentials included.
        outcome: what this attempt alone says about the call: ``"applied"``, ``"not_applied"`` or
            ``"unknown"``.
        error: why it failed, in one word as ``MetaStudioError.kind``, such as ``"rate_limited"``;
            None for a success.
        retry_in: seconds until the next attempt, at the earliest; None when this was the last one.
    """

    __slots__ = (
        "attempt",
        "error",
        "error_code",
        "operation",
        "outcome",
        "request_id",
        "retry_in",
        "seconds",
        "status",
        "subject",
    )

    def __init__(
        self,
        operation: str,
        subject: str | None,
        attempt: int,
        status: int | None,
        error_code: str | None,
        request_id: str | None,
        seconds: float,
        outcome: str,
        error: str | None,
        retry_in: float | None,
    ) -> None:
        self.operation = operation
        self.subject = subject
        self.attempt = attempt
        self.status = status
        self.error_code = error_code
        self.request_id = request_id
        self.seconds = seconds
        self.outcome = outcome
        self.error = error
        self.retry_in = retry_in

    def _values(self) -> tuple[object, ...]:
        """What `__init__` takes, in its order."""
        return (
            self.operation,
            self.subject,
            self.attempt,
            self.status,
            self.error_code,
            self.request_id,
            self.seconds,
            self.outcome,
            self.error,
            self.retry_in,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return AttemptEvent, self._values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AttemptEvent):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        answer = "no answer" if self.status is None else f"status {self.status}"
        about = "" if self.subject is None else f" of {self.subject}"
        why = "" if self.error is None else f", {self.error}"
        what = f"{self.operation}{about} #{self.attempt}: {answer}"
        return f"<AttemptEvent {what} ({self.outcome}{why}, {self.seconds:.3f} s)>"


# Users see it where they import it from.
AttemptEvent.__module__ = "metastudio"
