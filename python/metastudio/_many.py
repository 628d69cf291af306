"""What goes into ``upload_many``, what comes out, and the exceptions for whole batches."""

from ._exceptions import (
    ConfirmManyError,
    MetaStudioError,
    UploadCancelledError,
    UploadManyError,
)

# Known to type checkers by its name; importing it from `typing` would cost more than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._mss import ConfirmResult, Uploaded, _Source


class UploadItem:
    """A file for ``Client.upload_many`` with what is different about it.

    What isn't given is as for all files. ``asset_id`` or ``new_asset`` goes before both of theirs.

    Args:
        source: as for ``Client.upload``.
        asset_id, new_asset, category, file_name, file_type, file_size, file_md5: as for
            ``Client.upload``.
    """

    __slots__ = (
        "asset_id",
        "category",
        "file_md5",
        "file_name",
        "file_size",
        "file_type",
        "new_asset",
        "source",
    )

    def __init__(
        self,
        source: "_Source",
        *,
        asset_id: "str | None" = None,
        new_asset: "str | None" = None,
        category: "str | None" = None,
        file_name: "str | None" = None,
        file_type: "str | None" = None,
        file_size: "int | None" = None,
        file_md5: "str | bytes | None" = None,
    ) -> None:
        self.source = source
        self.asset_id = asset_id
        self.new_asset = new_asset
        self.category = category
        self.file_name = file_name
        self.file_type = file_type
        self.file_size = file_size
        self.file_md5 = file_md5

    def __repr__(self) -> str:
        # A content may be large, and is nobody's business.
        is_path = isinstance(self.source, str) or hasattr(self.source, "__fspath__")
        shown = repr(self.source) if is_path else f"<{type(self.source).__name__}>"
        options = [name for name in self.__slots__ if name != "source"]
        given = [f"{n}={getattr(self, n)!r}" for n in options if getattr(self, n) is not None]
        return f"UploadItem({', '.join([shown, *given])})"


class UploadResult:
    """What became of one file of ``Client.upload_many``. Can be pickled.

    Attributes:
        subject: the file's path, or its name where it has none.
        uploaded: the :class:`Uploaded` of a file that is CREATED, else None.
        error: why it isn't known to be, a :class:`MetaStudioError`, else None.
    """

    __slots__ = ("error", "subject", "uploaded")

    def __init__(
        self,
        subject: str,
        uploaded: "Uploaded | None",
        error: "MetaStudioError | None",
    ) -> None:
        self.subject = subject
        self.uploaded = uploaded
        self.error = error

    @property
    def outcome(self) -> str:
        """Whether the file is CREATED: ``"applied"``, ``"not_applied"`` or ``"unknown"``."""
        return "applied" if self.error is None else self.error.outcome

    @property
    def file_id(self) -> "str | None":
        """Id of the file, if it got one."""
        return self.uploaded.file_id if self.uploaded else getattr(self.error, "file_id", None)

    def __reduce__(self) -> tuple[object, ...]:
        return UploadResult, (self.subject, self.uploaded, self.error)

    def __repr__(self) -> str:
        what = self.uploaded if self.error is None else self.error
        return f"UploadResult({self.subject!r}, {self.outcome}, {what!r})"


class ResumeResult:
    """What became of one entry of a journal of uploads, by ``Client.resume``. Can be pickled.

    Attributes:
        index: number of the entry within the journal.
        subject: path of its file.
        what: ``"uploaded"`` or ``"confirmed"`` (CREATED now), ``"done"`` (it was confirmed as
            ``state`` before), ``"left_open"`` (its content is stored, and somebody else confirms
            it), ``"cancelled"`` (nothing is left open: its file, if there was one, is closed as
            ``state``), ``"refused"`` (for good, before; its lines say why),
            ``"may_be_created"`` (CREATED may have been sent for it, so it wasn't cancelled),
            ``"failed"`` (see ``error``).
        file_id: id of its file: the one of this attempt, else the last that the journal names.
        state: what it is known to be confirmed as, CREATED, FAILED or CANCELLED, else None.
        error: why it failed now, a :class:`MetaStudioError`, else None.
        possible_orphans: what an earlier attempt was going to register without seeing an answer,
            so that it may be there: mappings with ``asset_id``, ``file_name``, ``file_size``,
            ``file_md5``, or with ``asset_name``.
        orphan_ids: ids of those files that the asset shows as CREATING with that name and content.
            Another upload of the same content looks the same.
    """

    __slots__ = (
        "error",
        "file_id",
        "index",
        "orphan_ids",
        "possible_orphans",
        "state",
        "subject",
        "what",
    )

    def __init__(
        self,
        index: int,
        subject: str,
        what: str,
        file_id: "str | None",
        state: "str | None",
        error: "MetaStudioError | None",
        possible_orphans: "tuple[dict[str, str | int | None], ...]",
        orphan_ids: "tuple[str, ...]",
    ) -> None:
        self.index = index
        self.subject = subject
        self.what = what
        self.file_id = file_id
        self.state = state
        self.error = error
        self.possible_orphans = possible_orphans
        self.orphan_ids = orphan_ids

    @property
    def outcome(self) -> str:
        """Whether the file is CREATED: ``"applied"``, ``"not_applied"`` or ``"unknown"``."""
        if self.error is not None:
            return self.error.outcome
        if self.what == "may_be_created":
            return "unknown"
        return "applied" if self.state == "CREATED" else "not_applied"

    def __reduce__(self) -> tuple[object, ...]:
        return ResumeResult, (
            self.index,
            self.subject,
            self.what,
            self.file_id,
            self.state,
            self.error,
            self.possible_orphans,
            self.orphan_ids,
        )

    def __repr__(self) -> str:
        why = "" if self.error is None else f", {self.error!r}"
        return f"ResumeResult({self.subject!r}, {self.what}, {self.file_id!r}{why})"


def failed(results: "Sequence[UploadResult]") -> UploadManyError:
    """The exception for a batch of which some files failed."""
    errors = [result.error for result in results if result.error is not None]
    text = f"{len(errors)} of {len(results)} files failed, the first: {errors[0]}"
    return UploadManyError(text, errors, results)


def cancelled(results: "Sequence[UploadResult]") -> UploadCancelledError:
    """The exception for a batch that the caller cancelled."""
    outcomes = [result.outcome for result in results]
    created, unknown = outcomes.count("applied"), outcomes.count("unknown")
    text = f"upload_many: cancelled by the caller; {created} of {len(results)} files are CREATED"
    if unknown:
        text += f", and of {unknown} it isn't known"
    outcome = "unknown" if unknown else "applied" if created else "not_applied"
    return UploadCancelledError(
        text,
        kind="cancelled",
        operation="Upload",
        outcome=outcome,
        error_msg=text,
        results=tuple(results),
    )


def unconfirmed(counts: "dict[str, int]", results: "Sequence[ConfirmResult]") -> ConfirmManyError:
    """The exception for a batch of which some confirmations failed."""
    errors = [result.error for result in results if result.error is not None]
    failed = counts["not_applied"] + counts["unknown"]
    text = f"{failed} of {sum(counts.values())} confirmations failed, the first: {errors[0]}"
    return ConfirmManyError(text, errors, results, counts)


# Users see them where they import them from.
UploadItem.__module__ = UploadResult.__module__ = ResumeResult.__module__ = "metastudio"
