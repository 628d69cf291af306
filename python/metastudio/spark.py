"""Apache Spark: a data source that uploads, and a function that confirms.

    spark.dataSource.register(metastudio.spark.MetaStudioDataSource)
    files.write.format("metastudio").mode("append").options(**options).save()

    confirm = metastudio.spark.confirm_in_arrow(workers=8, region="cn-north-4")
    results = ids.mapInArrow(confirm, metastudio.spark.CONFIRM_SCHEMA)

Credentials are never among the options: each worker finds its own. See docs/pipelines/spark.md.
"""

import itertools
from typing import TYPE_CHECKING

from pyspark import TaskContext
from pyspark.sql.datasource import DataSource, DataSourceArrowWriter, WriterCommitMessage

from . import _confirm, _rows
from ._job import OPTIONS, Attempt, Job
from ._worker import Worker, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyarrow import RecordBatch
    from pyspark.sql.types import StructType

__all__ = ["CONFIRM_SCHEMA", "MetaStudioDataSource", "confirm_in_arrow"]


class MetaStudioDataSource(DataSource):
    """Uploads the rows of a data frame: ``df.write.format("metastudio").mode("append")``.

    The tasks register the files and send their contents; when all have succeeded, the driver
    confirms the files as CREATED, and as CANCELLED when one has failed.

    Columns: ``path`` (a file that the executors can read), or ``content`` (binary) with
    ``file_name``. Others, which go before the option of the same name where they aren't null:
    ``file_name``, ``asset_id``, ``new_asset``, ``category``, ``file_type``.

    Options: ``journal_dir`` (a directory on storage that driver and executors share) and
    ``workers`` (tasks that run at the same time, which share the service's limit) are needed;
    ``asset_id``, ``new_asset``, ``category``, ``app_user_id``, ``cancel_orphan``, ``concurrency``
    (within a task) and ``rate`` (calls a second of all tasks together) as for
    ``Client.upload_many``; ``region``, ``endpoint``, ``project_id`` and ``ca_file`` as for
    ``Client``.
    """

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return "metastudio"

    def writer(self, schema: "StructType", overwrite: bool) -> "MetaStudioWriter":
        """Checks options and columns, and makes the job's directory; nothing is sent."""
        if overwrite:
            raise invalid('there is nothing to overwrite: use mode("append")')
        _rows.check_columns(schema.fieldNames())
        worker = Worker(self.options, OPTIONS)
        # What is wrong about the client is to be known before the first task.
        worker.client().close()
        return MetaStudioWriter(Job(worker))


class MetaStudioWriter(DataSourceArrowWriter):
    """The writer of :class:`MetaStudioDataSource`."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def write(self, iterator: "Iterator[RecordBatch]") -> "Uploaded":
        """On an executor: uploads the rows of a partition and leaves their files open."""
        task = TaskContext.get()
        assert task is not None, "Spark calls this in a task"
        part = f"part-{task.partitionId():05}"
        name = f"attempt-{task.attemptNumber()}-{task.taskAttemptId()}"
        with (
            self.job.worker.client() as client,
            self.job.attempt(client, part, name) as attempt,
        ):
            for batch in iterator:
                if batch.num_rows:
                    self.job.upload(client, attempt, batch)
        return Uploaded(attempt)

    def commit(self, messages: "list[WriterCommitMessage | None]") -> None:
        """On the driver, when all tasks have succeeded."""
        self.job.commit(_attempts(messages))

    def abort(self, messages: "list[WriterCommitMessage | None]") -> None:
        """On the driver, when a task has failed for good, or the commit."""
        self.job.abort(_attempts(messages))


class Uploaded(WriterCommitMessage):
    """What a task tells the driver."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt


def _attempts(messages: "Iterable[WriterCommitMessage | None]") -> list[Attempt]:
    return [message.attempt for message in messages if isinstance(message, Uploaded)]


CONFIRM_SCHEMA = (
    "index long, file_id string, state string, outcome string, status int, error_code string, "
    "request_id string, attempts int, ms double, error_kind string, error_msg string"
)
"""What ``confirm_in_arrow`` yields: a row for each row, in their order within a partition."""


def confirm_in_arrow(
    *,
    workers: int,
    state: str = "CREATED",
    rate: "float | str | None" = "documented",
    concurrency: int | None = None,
    app_user_id: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
    project_id: str | None = None,
    ca_file: str | None = None,
) -> "Callable[[Iterable[RecordBatch]], Iterator[RecordBatch]]":
    """A function for ``mapInArrow`` that confirms files: column ``file_id``, and ``state`` where
    they differ.

        ids.mapInArrow(confirm_in_arrow(workers=8), CONFIRM_SCHEMA)

    A task that is run again confirms its files again, as the same, which does no harm.

    Args:
        workers: tasks that run at the same time; they share the service's limit.
        state: what files are confirmed as that have no state of their own.
        rate: calls a second of all tasks together; None for no limit.
        concurrency: calls under way at a time within a task.
        app_user_id: third-party user of the calls (X-App-UserId).
        region, endpoint, project_id, ca_file: as for ``Client``.

    Raises:
        InvalidConfigError: a value can't be right.
    """
    worker = Worker(
        {
            "workers": workers,
            "state": state,
            "rate": "none" if rate is None else rate,
            "concurrency": concurrency,
            "app_user_id": app_user_id,
            "region": region,
            "endpoint": endpoint,
            "project_id": project_id,
            "ca_file": ca_file,
        },
        _confirm.OPTIONS,
    )

    def confirm(batches: "Iterable[RecordBatch]") -> "Iterator[RecordBatch]":
        import pyarrow as pa

        batches = iter(batches)
        first = next(batches, None)
        if first is None:
            return
        rows = pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], batches))
        with worker.client() as client:
            yield from _confirm.confirm(worker, client, rows)

    return confirm
