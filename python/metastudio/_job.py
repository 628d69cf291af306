"""A job of uploads that many processes share: all of its files become CREATED, or none.

A job is a directory on storage that all of them see. Each attempt at a part of it uploads in
batches, each with a journal there, and leaves its files open. Who leads the job confirms the files
of the attempts that count, and sets to CANCELLED those of all others, which it finds in their
journals. A file named ``closed`` tells attempts that are still running that it is too late.
"""

import json
import logging
import secrets
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from . import _rows
from ._exceptions import JournalError, MetaStudioError, UploadCancelledError
from ._mark import at_work, given_up
from ._worker import Worker, flag, invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._mss import Client

# Options of a job, besides those of every worker.
OPTIONS = (
    "journal_dir",
    "asset_id",
    "new_asset",
    "category",
    "app_user_id",
    "cancel_orphan",
)
_UPLOAD = ("asset_id", "new_asset", "category", "app_user_id")

_logger = logging.getLogger("metastudio")


class Attempt:
    """What one attempt at a part has uploaded and left open. Travels to the leader.

    Attributes:
        part: name of the part, which all attempts at it share.
        name: its own name, with which its journals' names begin.
        journals: names of its journals.
        file_ids: ids of its files, in the order of its rows.
    """

    def __init__(self, part: str, name: str) -> None:
        self.part = part
        self.name = f"{part}-{name}"
        self.journals: list[str] = []
        self.file_ids: list[str] = []


class Job:
    """A job's directory, and how its files are uploaded. Travels to the workers.

    Args:
        worker: options of the job.
        path: its directory; by default a new one within ``journal_dir``.
    """

    def __init__(self, worker: Worker, path: str | None = None) -> None:
        self.worker = worker
        self.cancel_orphan = flag("cancel_orphan", worker.more.get("cancel_orphan", False))
        self.path = Path(path) if path else _new_directory(worker.more.get("journal_dir"))

    @property
    def commit_journal(self) -> Path:
        """The journal of the confirmations as CREATED."""
        return self.path / "commit.jsonl"

    @property
    def report(self) -> Path:
        """What became of the job, as JSON."""
        return self.path / "report.json"

    @contextmanager
    def attempt(self, client: "Client", part: str, name: str) -> "Iterator[Attempt]":
        """An attempt at a part. When it fails, what it has uploaded is set to CANCELLED.

        So is, before it begins, what an earlier one has left whose process has died: an asset
        takes no second main file as long as that one's is open.
        """
        attempt = Attempt(part, name)
        with at_work(self.path / f"{attempt.name}.lock"):
            for path in self.path.glob(f"{part}-*.lock"):
                if path.stem == attempt.name:
                    continue
                with given_up(path) as has_died:
                    if has_died:
                        self._give_up(client, path.stem)
            try:
                yield attempt
                self._check_open(attempt)
            except BaseException:
                self._give_up(client, attempt.name)
                raise

    def upload(self, client: "Client", attempt: Attempt, rows: Any) -> list[str]:
        """Uploads the rows of an Arrow batch, leaves their files open and returns their ids."""
        journal = self.path / f"{attempt.name}.{len(attempt.journals):05}.jsonl"
        attempt.journals.append(journal.name)
        options: dict[str, Any] = {
            name: self.worker.more[name] for name in _UPLOAD if name in self.worker.more
        }
        self._check_open(attempt)
        with TemporaryDirectory(prefix="metastudio-") as directory:
            results = client.upload_many(
                _rows.items(rows, directory),
                **options,
                **self.worker.pace(),
                cancel_orphan=self.cancel_orphan,
                journal=journal,
                confirm=False,
                raise_on_error=True,
            )
        file_ids = [result.file_id for result in results if result.file_id is not None]
        attempt.file_ids += file_ids
        return file_ids

    def _give_up(self, client: "Client", name: str) -> None:
        """Cancels what an attempt has uploaded, as far as that works: what is left open is found
        again when the job ends."""
        for journal in self.path.glob(f"{name}.*.jsonl"):
            with suppress(MetaStudioError):
                client.resume(journal, cancel_open=True, rate=self.worker.pace()["rate"])

    def commit(self, attempts: "Sequence[Attempt]") -> None:
        """Cancels the files of attempts that don't count, then confirms as CREATED those that do.

        Raises:
            MetaStudioError: not all files are known to be CREATED. A note says how to go on.
        """
        report = _Report()
        counting = {name for attempt in attempts for name in attempt.journals}
        file_ids = [file_id for attempt in attempts for file_id in attempt.file_ids]
        with self.worker.client() as client:
            self._close()
            report.missing = sorted(name for name in counting if not (self.path / name).exists())
            self._cancel(client, counting, report, keep=file_ids)
            try:
                if file_ids:
                    self._confirm(client, file_ids, report)
            finally:
                report.write(self.report)

    def abort(self, attempts: "Sequence[Attempt]") -> None:
        """Cancels all files of the job, unless its commit has begun. The report says which stay
        open."""
        if self.commit_journal.exists():
            # CREATED may have been sent, so nothing else may be.
            return
        report = _Report()
        # What isn't seen here is known by its ids.
        unseen = [it for it in attempts if not all((self.path / n).exists() for n in it.journals)]
        file_ids = [file_id for attempt in unseen for file_id in attempt.file_ids]
        with self.worker.client() as client:
            self._close()
            self._cancel(client, set(), report)
            for result in client.confirm_many(file_ids, state="CANCELLED", **self._confirming()):
                report.closed("", result)
            report.write(self.report)

    def _confirm(self, client: "Client", file_ids: list[str], report: "_Report") -> None:
        results = client.confirm_many(
            file_ids, journal=self.commit_journal, raise_on_error=True, **self._confirming()
        )
        try:
            for result in results:
                report.created += result.outcome == "applied"
        except MetaStudioError as error:
            error.add_note(
                "Not all files of the job are known to be CREATED. Don't run it again, finish it: "
                f"metastudio resume {self.commit_journal}"
            )
            raise

    def _close(self) -> None:
        (self.path / "closed").touch()

    def _check_open(self, attempt: Attempt) -> None:
        if (self.path / "closed").exists():
            text = f"{attempt.name}: the job has ended without this attempt"
            raise UploadCancelledError(
                text, kind="cancelled", operation="Pipeline", error_msg=text, results=()
            )

    def _confirming(self) -> "dict[str, Any]":
        """Options of confirmations by the leader, who has the limit for itself."""
        options = {"rate": self.worker.pace(1)["rate"]}
        user = self.worker.more.get("app_user_id")
        return options if user is None else {**options, "app_user_id": user}

    def _cancel(
        self,
        client: "Client",
        counting: set[str],
        report: "_Report",
        keep: "Sequence[str]" = (),
    ) -> None:
        for journal in sorted(self.path.glob("*.jsonl")):
            # Whoever died before the first line has sent nothing.
            if journal.name in counting or journal.stat().st_size == 0:
                continue
            try:
                rate = self.worker.pace(1)["rate"]
                results = client.resume(journal, cancel_open=True, keep=keep, rate=rate)
            except JournalError as error:
                # Its process is still at work, or it is damaged.
                report.unread.append({"journal": journal.name, "error": str(error)})
                continue
            for result in results:
                report.closed(journal.name, result)
                report.orphaned(journal.name, result)


class _Report:
    """What became of the files of a job."""

    def __init__(self) -> None:
        self.created = 0
        self.cancelled = 0
        # Files that may still be open, and why.
        self.open: list[dict[str, str]] = []
        # Creates of which nobody knows whether they left a file.
        self.possible_orphans: list[dict[str, Any]] = []
        # Journals that couldn't be read, and why.
        self.unread: list[dict[str, str]] = []
        # Journals of attempts that count, and that aren't seen here.
        self.missing: list[str] = []

    def closed(self, journal: str, result: Any) -> None:
        """Takes in what became of a file that doesn't count."""
        if result.error is not None:
            why = {"file_id": result.file_id, "error": str(result.error)}
            self.open.append({"journal": journal, **why})
        elif result.state is not None:
            self.cancelled += 1

    def orphaned(self, journal: str, result: Any) -> None:
        """Takes in what may be there without anybody knowing its id."""
        for orphan in result.possible_orphans:
            looks_like = {"looks_like": list(result.orphan_ids)}
            self.possible_orphans.append({"journal": journal, **orphan, **looks_like})

    def write(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(vars(self), indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
        if self.open or self.possible_orphans or self.unread or self.missing:
            _logger.warning("files may be left open, or can't be found: see %s", path)


def _new_directory(parent: object) -> Path:
    if parent is None:
        raise invalid(
            "option 'journal_dir' is missing: a directory on storage that all processes of the "
            "job share"
        )
    if "://" in str(parent):
        text = f"option 'journal_dir' is {parent!r}, but must be a mounted directory, not a URL"
        raise invalid(text)
    name = time.strftime("job-%Y%m%dT%H%M%SZ-", time.gmtime()) + secrets.token_hex(4)
    path = Path(str(parent)).absolute() / name
    try:
        path.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise invalid(f"option 'journal_dir': {error}") from error
    return path
