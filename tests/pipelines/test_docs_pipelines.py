"""The pages about engines do what they say: their blocks are run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import command
from conftest import Service
from readme_blocks import blocks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PAGES = command.REPOSITORY / "docs" / "pipelines"


def run(page: str, service: Service, **names: Any) -> None:
    """Runs a page's blocks one after another, as a program that has these names."""
    text = (PAGES / page).read_text("utf-8").replace("/mnt/shared/journals", str(service.journals))
    url = service.emulator.url
    text = text.replace('region="cn-north-4"', f'endpoint="{url}"')
    text = text.replace('"region", "cn-north-4"', f'"endpoint", "{url}"')
    text = text.replace('"region": "cn-north-4"', f'"endpoint": "{url}"')
    runnable = [it for it in blocks(text) if it.language == "python" and it.no_run is None]
    assert runnable
    program: dict[str, Any] = {"__name__": "page", **names}
    for block in runnable:
        exec(compile(block.text, f"{page}:{block.line}", "exec"), program)


def test_spark(
    spark: "SparkSession",
    service: Service,
    files: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    file_ids = [*service.open_files(5), "no-such-file"]
    run("spark.md", service, spark=spark, paths=files[:20], file_ids=file_ids)
    assert len(service.names("CREATED")) == 25
    assert "not_applied" in capfd.readouterr().out


@pytest.mark.usefixtures("ray_cluster")
def test_ray(service: Service, files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    file_ids = [*service.open_files(5), "no-such-file"]
    run("ray.md", service, paths=files[:20], file_ids=file_ids)
    assert len(service.names("CREATED")) == 25
    assert "1 files are not CREATED" in capsys.readouterr().out


def test_dask(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("METASTUDIO_ENDPOINT", service.emulator.url)
    run("dask.md", service, file_ids=service.open_files(20))
    assert service.states() == {"CREATED"}
    assert "20 files are CREATED" in capsys.readouterr().out


def test_airflow(service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("METASTUDIO_ENDPOINT", service.emulator.url)
    monkeypatch.chdir(tmp_path)
    Path("ids.txt").write_text("\n".join(service.open_files(20)))
    # Another try finds everything done.
    for _ in range(2):
        run("airflow.md", service)
        assert service.states() == {"CREATED"}
