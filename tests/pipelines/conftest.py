"""Fixtures: the engines, once for all tests, and an emulator for each."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from metastudio import Client, UploadItem

import command
from command import Metastudio
from emulator_process import Emulator, running_emulator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the engines' processes find the credentials, by what they inherit from this one."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("NO_PROXY", "*")
        for name in list(os.environ):
            if name.startswith(("HUAWEICLOUD_", "METASTUDIO_")) and name != "METASTUDIO_BIN":
                patch.delenv(name)
        yield home


@pytest.fixture
def metastudio_command(home: Path) -> Metastudio:
    """The command under test."""
    return Metastudio(command.binary(), home)


@dataclass(frozen=True)
class Service:
    """An emulator in a process of its own, and a directory for journals."""

    emulator: Emulator
    journals: Path

    @property
    def options(self) -> dict[str, str]:
        """What a job has to be told; keys and project stand in the home directory."""
        return {"endpoint": self.emulator.url}

    @property
    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {"METASTUDIO_ENDPOINT": self.emulator.url}

    def open_files(self, count: int) -> list[str]:
        """Ids of files whose contents are stored, and which nobody has confirmed."""
        files = [UploadItem(b"content", file_name=f"{number}.bin") for number in range(count)]
        client = Client(
            endpoint=self.emulator.url,
            project_id=self.emulator.project_id,
            token=self.emulator.token,
        )
        results = client.upload_many(
            files, asset_id="a1", category="OTHER", confirm=False, raise_on_error=True
        )
        return [str(result.file_id) for result in results]

    def names(self, state: str) -> list[str]:
        """Names of the files in this state, sorted."""
        files = self.emulator.files().values()
        return sorted(file["file_name"] for file in files if file["state"] == state)

    def states(self) -> set[str]:
        """States of all files."""
        return {file["state"] for file in self.emulator.files().values()}

    def report(self) -> dict[str, Any]:
        """What the only job says of itself."""
        [job] = self.journals.iterdir()
        report: dict[str, Any] = json.loads((job / "report.json").read_text())
        return report

    def check_each_row_once(self, paths: list[str]) -> None:
        """Each row has exactly one CREATED file; each other file is CANCELLED or reported, and
        there are some."""
        assert self.names("CREATED") == sorted(Path(path).name for path in paths)
        report = self.report()
        assert report["created"] == len(paths)
        assert (report["open"], report["unread"], report["missing"]) == ([], [], [])
        others = [it for it in self.emulator.files().values() if it["state"] != "CREATED"]
        reported = {orphan["file_name"] for orphan in report["possible_orphans"]}
        assert others
        for file in others:
            assert file["state"] == "CANCELLED" or file["file_name"] in reported, (file, report)


@pytest.fixture
def service(metastudio_command: Metastudio, home: Path, tmp_path: Path) -> Iterator[Service]:
    """An emulator whose keys the engines' workers find in the credentials file."""
    with running_emulator(metastudio_command, tmp_path / "emulator.log") as emulator:
        file = home / ".huaweicloud" / "credentials"
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(
            f"[basic]\nak = {emulator.access_key}\nsk = {emulator.secret_key}\n"
            f"project_id = {emulator.project_id}\n"
        )
        yield Service(emulator, tmp_path / "journals")


@pytest.fixture(scope="session")
def spark(home: Path) -> "Iterator[SparkSession]":
    """Spark with two executors, each a process of its own with one core."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        if os.environ.get("CI"):
            pytest.fail("Spark needs Java 17 or later, and there is none")
        pytest.skip("Spark needs Java 17 or later")
    import metastudio.spark
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYSPARK_DRIVER_PYTHON", sys.executable)
        builder = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .appName("metastudio")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.local.dir", str(home / "spark"))
            .config("spark.sql.warehouse.dir", str(home / "warehouse"))
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", "100")
        )
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        session.dataSource.register(metastudio.spark.MetaStudioDataSource)
        try:
            yield session
        finally:
            session.stop()


@pytest.fixture(scope="session")
def ray_cluster(home: Path) -> Iterator[None]:
    """Ray on this machine, with room for two actors and what reads for them."""
    import ray
    import ray.data

    # A socket lives in there, and its path may have 107 bytes.
    directory = home / "ray"
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, _temp_dir=str(directory))
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield
    finally:
        ray.shutdown()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """2,000 files with names and contents of their own."""
    directory = tmp_path / "files"
    directory.mkdir()
    paths = [directory / f"{number:04}.bin" for number in range(2000)]
    for path in paths:
        path.write_text(f"content of {path.name}")
    return [str(path) for path in paths]
