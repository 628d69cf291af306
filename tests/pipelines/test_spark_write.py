"""Spark's data source: each row's file becomes CREATED once, or none does."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from command import Metastudio
from conftest import Service
from killing import killed_when, writes_within

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Where they are above the Python process that uploads: between them is Spark's daemon.
WORKER, EXECUTOR = 0, 2


def rows(spark: "SparkSession", paths: list[str], partitions: int = 8) -> "DataFrame":
    return spark.createDataFrame([(path,) for path in paths], "path string").repartition(partitions)


def options(service: Service, **more: object) -> dict[str, Any]:
    own = {"journal_dir": str(service.journals), "workers": 2, "asset_id": "a1"}
    return {**service.options, **own, "category": "OTHER", **more}


def write(frame: "DataFrame", given: dict[str, Any]) -> None:
    frame.write.format("metastudio").mode("append").options(**given).save()


@pytest.mark.parametrize("victim", [EXECUTOR, WORKER], ids=["executor", "worker"])
def test_a_killed_executor_leaves_each_row_with_one_created_file(
    spark: "SparkSession", service: Service, files: list[str], victim: int
) -> None:
    def is_time() -> bool:
        return len(service.emulator.files()) >= 300

    with killed_when(is_time, writes_within(service.journals), above=victim):
        write(rows(spark, files), options(service, rate=400, concurrency=8))

    service.check_each_row_once(files)


def test_a_killed_worker_leaves_no_main_file_in_the_way(
    spark: "SparkSession", service: Service, files: list[str]
) -> None:
    def is_time() -> bool:
        return len(service.emulator.files()) >= 300

    own_assets = [(path, f"asset-{number}") for number, path in enumerate(files)]
    frame = spark.createDataFrame(own_assets, "path string, asset_id string").repartition(8)
    given = options(service, rate=400, concurrency=8, category="MAIN", cancel_orphan="true")
    del given["asset_id"]
    with killed_when(is_time, writes_within(service.journals), above=WORKER):
        write(frame, given)
    service.check_each_row_once(files)


def test_a_commit_that_dies_is_finished_by_its_journal(
    spark: "SparkSession", service: Service, files: list[str], metastudio_command: Metastudio
) -> None:
    def is_time() -> bool:
        return len(service.names("CREATED")) >= 100

    # The commit has a Python process of the driver's own; after it Spark calls abort.
    with (
        killed_when(is_time, writes_within(service.journals)),
        pytest.raises(Exception, match="commit"),
    ):
        write(rows(spark, files[:1000]), options(service, rate=200, concurrency=8))
    created = len(service.names("CREATED"))
    assert 100 <= created < 1000
    assert "CANCELLED" not in service.states()

    [job] = service.journals.iterdir()
    done = metastudio_command.run("resume", str(job / "commit.jsonl"), env=service.environment)
    assert done.code == 0, done
    assert service.names("CREATED") == [Path(path).name for path in files[:1000]]
    assert service.states() == {"CREATED"}


def test_contents_go_without_files(spark: "SparkSession", service: Service) -> None:
    wanted = {f"{number}.bin": b"content %d" % number for number in range(30)}
    frame = spark.createDataFrame(
        [(bytearray(content), name, None) for name, content in wanted.items()],
        "content binary, file_name string, category string",
    )
    write(frame, options(service))
    assert service.names("CREATED") == sorted(wanted)
    assert service.states() == {"CREATED"}


def test_a_row_that_fails_cancels_all(
    spark: "SparkSession", service: Service, files: list[str]
) -> None:
    paths = [*files[:40], str(Path(files[0]).with_name("missing.bin"))]
    with pytest.raises(Exception, match=r"missing\.bin"):
        write(rows(spark, paths, 4), options(service))
    assert service.states() == {"CANCELLED"}


@pytest.mark.parametrize("name", ["sk", "token", "HUAWEICLOUD_SDK_SK", "secretKey", "password"])
def test_secrets_are_refused(spark: "SparkSession", service: Service, name: str) -> None:
    with pytest.raises(Exception, match="looks like a secret") as refused:
        write(rows(spark, ["x"]), options(service, **{name: "canary"}))
    assert "canary" not in str(refused.value)
    assert not service.emulator.files()
