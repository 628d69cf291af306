"""What is known of one attempt of a call."""


class Attempt:
    """One attempt of a call that failed in the end.

    Attributes:
        status: status of the answer, or None when there was none.
        error_code: error code of the answer, opaque text, or None.
        message: what the answer said, else what went wrong.
        request_id: the service's id of the request, or None.
        outcome: ``"applied"``, ``"not_applied"`` or ``"unknown"``.
        seconds: how long it took.
    """

    __slots__ = ("error_code", "message", "outcome", "request_id", "seconds", "status")

    status: int | None
    error_code: str | None
    message: str
    request_id: str | None
    outcome: str
    seconds: float

    def __init__(
        self,
        status: int | None,
        error_code: str | None,
        message: str,
        request_id: str | None,
        outcome: str,
        seconds: float,
    ) -> None:
        self.status = status
        self.error_code = error_code
        self.message = message
        self.request_id = request_id
        self.outcome = outcome
        self.seconds = seconds

    def _values(self) -> tuple[int | None, str | None, str, str | None, str, float]:
        """What `__init__` takes, in its order."""
        return (
            self.status,
            self.error_code,
            self.message,
            self.request_id,
            self.outcome,
            self.seconds,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return Attempt, self._values()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Attempt):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        answer = "no answer" if self.status is None else f"status {self.status}"
        code = f" {self.error_code}" if self.error_code else ""
        return f"<Attempt {answer}{code}: {self.message} ({self.outcome}, {self.seconds:.3f} s)>"


# Users see it where they import it from.
Attempt.__module__ = "metastudio"
