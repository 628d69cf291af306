"""Ray Data: actors that upload and confirm.

    ids.map_batches(
        metastudio.ray.Confirmer,
        batch_format="pyarrow",
        concurrency=2,
        fn_constructor_kwargs={"workers": 2, "region": "cn-north-4"},
    )

Credentials are never among the arguments: each actor finds its own. See docs/pipelines/ray.md.
"""

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from . import _confirm, _rows
from ._job import OPTIONS, Attempt, Job
from ._worker import Worker

if TYPE_CHECKING:
    from pyarrow import Table
    from ray.data import Dataset

__all__ = ["Confirmer", "Uploader", "upload"]


class Confirmer:
    """An actor that confirms files: column ``file_id``, and ``state`` where they differ.

    What comes out has a row for each row, in their order: index, file_id, state, outcome, status,
    error_code, request_id, attempts, ms, error_kind, error_msg. A batch that is run again confirms
    its files again, as the same, which does no harm.

    Args:
        options: ``workers`` is needed: how many actors there are, which share the service's limit.
            ``state`` (``"CREATED"``), ``app_user_id``, ``concurrency`` (within an actor) and
            ``rate`` (calls a second of all actors together) as for ``Client.confirm_many``;
            ``region``, ``endpoint``, ``project_id`` and ``ca_file`` as for ``Client``.

    Raises:
        InvalidConfigError: an option can't be right.
    """

    def __init__(self, **options: object) -> None:
        self._worker = Worker(options, _confirm.OPTIONS)
        self._client = self._worker.client()

    def __call__(self, batch: "Table") -> "Table":
        """Confirms the files of a batch."""
        return _confirm.confirm(self._worker, self._client, batch).read_all()


class Uploader:
    """An actor that uploads the rows of a job and leaves their files open. Used by ``upload``."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._client = job.worker.client()

    def __call__(self, batch: "Table") -> "Table":
        """Uploads a batch, and adds the columns ``file_id`` and ``journal``."""
        import pyarrow as pa

        _rows.check_columns(batch.schema.names)
        kept = batch.select([name for name in batch.schema.names if name != "content"])
        # The same when the batch of an actor that died is made anew.
        part = "batch-" + hashlib.sha256(repr(kept.to_pydict()).encode()).hexdigest()[:16]
        with self._job.attempt(self._client, part, secrets.token_hex(4)) as attempt:
            file_ids = self._job.upload(self._client, attempt, batch)
        journals = attempt.journals * batch.num_rows
        return kept.append_column("file_id", pa.array(file_ids, pa.string())).append_column(
            "journal", pa.array(journals, pa.string())
        )


def upload(
    files: "Dataset", *, batch_size: int = 256, ray_remote_args: Any = None, **options: object
) -> "Dataset":
    """Uploads the rows of a dataset: all files become CREATED together, or CANCELLED.

        uploaded = metastudio.ray.upload(files, workers=2, journal_dir="/mnt/shared/journals")

    The actors register the files and send their contents; when all have, this process confirms
    them.

    Args:
        files: columns ``path`` (a file that the actors can read), or ``content`` (binary) with
            ``file_name``. Others, which go before the option of the same name where they aren't
            null: ``file_name``, ``asset_id``, ``new_asset``, ``category``, ``file_type``.
        batch_size: rows that an actor takes at a time. What a killed one had begun is uploaded
            again.
        ray_remote_args: what else an actor needs, as for ``map_batches``.
        options: ``journal_dir`` (a directory on storage that this process and all actors share)
            and ``workers`` (how many actors there are, which share the service's limit) are
            needed; ``asset_id``, ``new_asset``, ``category``, ``app_user_id``, ``cancel_orphan``,
            ``concurrency`` (within an actor) and ``rate`` (calls a second of all actors together)
            as for ``Client.upload_many``; ``region``, ``endpoint``, ``project_id`` and ``ca_file``
            as for ``Client``.

    Returns:
        The rows without ``content``, with their ``file_id`` and the ``journal`` of their upload.

    Raises:
        InvalidConfigError: an option or a column can't be right; nothing was sent.
        MetaStudioError: not all files are known to be CREATED. A note says how to go on.
        ray.exceptions.RayError: an actor failed; the files are CANCELLED.
    """
    import pyarrow as pa
    import ray.data

    worker = Worker(options, OPTIONS)
    worker.client().close()
    job = Job(worker)
    try:
        uploaded = files.map_batches(
            Uploader,
            fn_constructor_args=(job,),
            concurrency=worker.workers,
            batch_size=batch_size,
            batch_format="pyarrow",
            **(ray_remote_args or {}),
        )
        # Read once: what is lost and made again would be other files.
        rows = pa.concat_tables(
            list(uploaded.iter_batches(batch_size=None, batch_format="pyarrow"))
        )
    except BaseException:
        job.abort([])
        raise
    attempts: dict[str, Attempt] = {}
    for file_id, journal in zip(
        rows.column("file_id").to_pylist(), rows.column("journal").to_pylist(), strict=True
    ):
        attempt = attempts.setdefault(journal, Attempt("batch", journal))
        attempt.journals = [journal]
        attempt.file_ids.append(file_id)
    job.commit(list(attempts.values()))
    return ray.data.from_arrow(rows)
