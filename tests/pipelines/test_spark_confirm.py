"""mapInArrow: each id is confirmed, and its result comes back as a row."""

from typing import TYPE_CHECKING

import pytest

from conftest import Service

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_each_id_has_a_row_of_its_own(spark: "SparkSession", service: Service) -> None:
    from metastudio.spark import CONFIRM_SCHEMA, confirm_in_arrow

    states = ["FAILED", "CREATED", "CREATED"]
    wanted = {f: states[n % 3] for n, f in enumerate(service.open_files(120))}
    rows = [*wanted.items(), ("no-such-file", "CREATED")]
    frame = spark.createDataFrame(rows, "file_id string, state string").repartition(4)
    confirm = confirm_in_arrow(workers=2, endpoint=service.emulator.url)
    found = frame.mapInArrow(confirm, CONFIRM_SCHEMA).collect()

    assert {row.file_id for row in found} == {file_id for file_id, _ in rows}
    for row in found:
        if row.file_id == "no-such-file":
            assert (row.outcome, row.status, row.error_kind) == ("not_applied", 404, "not_found")
        else:
            assert (row.outcome, row.state) == ("applied", wanted[row.file_id])
            assert service.emulator.files()[row.file_id]["state"] == row.state


def test_partitions_without_rows_are_nothing(spark: "SparkSession", service: Service) -> None:
    from metastudio.spark import CONFIRM_SCHEMA, confirm_in_arrow

    frame = spark.createDataFrame([], "file_id string").repartition(2)
    assert frame.mapInArrow(confirm_in_arrow(workers=2), CONFIRM_SCHEMA).collect() == []
    assert not service.emulator.files()


def test_options_are_checked_at_once() -> None:
    from metastudio import InvalidConfigError
    from metastudio.spark import confirm_in_arrow

    with pytest.raises(InvalidConfigError, match="'workers' is '0'"):
        confirm_in_arrow(workers=0)
    with pytest.raises(InvalidConfigError, match="'rate' is 'fast'"):
        confirm_in_arrow(workers=1, rate="fast")
