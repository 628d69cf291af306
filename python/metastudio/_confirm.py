"""Confirming what an engine hands over as Arrow."""

from typing import TYPE_CHECKING, Any

from ._worker import Worker

if TYPE_CHECKING:
    from ._mss import Client

# Options of the confirmations, besides those of every worker.
OPTIONS = ("state", "app_user_id")


def confirm(worker: Worker, client: "Client", items: Any) -> Any:
    """Confirms the files of an Arrow table or stream.

    Returns:
        A ``pyarrow.RecordBatchReader`` of their results, in signed types, for Spark has no others.
    """
    import pyarrow as pa

    types = {"index": pa.int64(), "status": pa.int32(), "attempts": pa.int32(), "ms": pa.float64()}
    results = pa.RecordBatchReader.from_stream(
        client.confirm_many(items, **worker.more, **worker.pace())
    )
    fields = [pa.field(it.name, types.get(it.name, pa.string())) for it in results.schema]
    return results.cast(pa.schema(fields))
