"""Rows of an engine as files to be uploaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._many import UploadItem
from ._worker import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

SOURCES = ("path", "content")
FIELDS = ("file_name", "asset_id", "new_asset", "category", "file_type")


def check_columns(names: "Iterable[str]") -> None:
    """Refuses columns that mean nothing, and rows without a source.

    Raises:
        InvalidConfigError: the text names the column.
    """
    names = list(names)
    for name in names:
        if name not in (*SOURCES, *FIELDS):
            known = ", ".join((*SOURCES, *FIELDS))
            raise invalid(f"column {name!r} means nothing here; select among {known}")
    if len([name for name in names if name in SOURCES]) != 1:
        raise invalid("rows need a column 'path' or a column 'content', one of them")
    if "content" in names and "file_name" not in names:
        raise invalid("rows with a column 'content' need a column 'file_name'")


def items(batch: Any, directory: str) -> list[UploadItem]:
    """The rows of an Arrow record batch or table.

    Args:
        batch: the rows; their columns were checked.
        directory: where contents are written to: a journal knows files by their paths.

    Raises:
        InvalidInputError: a row has no source; the text names the row.
    """
    names = batch.schema.names
    columns = {name: batch.column(name) for name in names}
    return [
        UploadItem(
            _source(columns, row, directory),
            **{name: columns[name][row].as_py() for name in FIELDS if name in names},
        )
        for row in range(batch.num_rows)
    ]


def _source(columns: dict[str, Any], row: int, directory: str) -> str:
    name = next(name for name in SOURCES if name in columns)
    value = columns[name][row]
    if not value.is_valid:
        from ._exceptions import InvalidInputError

        text = f"row {row} of its batch: column {name!r} is null"
        raise InvalidInputError(text, kind="invalid_input", operation="Upload", error_msg=text)
    if name == "path":
        return str(value.as_py())
    spooled = Path(directory, str(row))
    spooled.write_bytes(value.as_buffer())
    return str(spooled)
