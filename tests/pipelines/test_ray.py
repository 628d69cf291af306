"""Ray Data: each row's file becomes CREATED once, each id is confirmed."""

from pathlib import Path
from typing import Any

import metastudio.ray
import pyarrow as pa
import pytest

from conftest import Service
from killing import is_called, killed_when, writes_within

pytestmark = pytest.mark.usefixtures("ray_cluster")


def options(service: Service, **more: object) -> dict[str, Any]:
    own = {"journal_dir": service.journals, "workers": 2, "asset_id": "a1"}
    return {**service.options, **own, "category": "OTHER", **more}


def test_a_killed_uploader_leaves_each_row_with_one_created_file(
    service: Service, files: list[str]
) -> None:
    import ray.data

    def is_time() -> bool:
        return len(service.emulator.files()) >= 300

    rows = ray.data.from_arrow([pa.table({"path": files[at::8]}) for at in range(8)])
    with killed_when(is_time, writes_within(service.journals)):
        uploaded = metastudio.ray.upload(rows, **options(service, rate=400, concurrency=8))

    names = [Path(path).name for path in files]
    held = service.emulator.files()
    assert {row["path"]: held[row["file_id"]]["file_name"] for row in uploaded.take_all()} == dict(
        zip(files, names, strict=True)
    )
    service.check_each_row_once(files)


def test_a_row_that_fails_cancels_all(service: Service, files: list[str]) -> None:
    import ray.data

    paths = [*files[:40], str(Path(files[0]).with_name("missing.bin"))]
    rows = ray.data.from_arrow(pa.table({"path": paths}))
    with pytest.raises(ray.exceptions.RayError, match=r"missing\.bin"):
        metastudio.ray.upload(rows, batch_size=10, **options(service))
    assert service.states() == {"CANCELLED"}


@pytest.mark.parametrize("name", ["token", "credentials", "sk"])
def test_secrets_are_refused(service: Service, name: str) -> None:
    with pytest.raises(metastudio.InvalidConfigError, match="looks like a secret") as refused:
        metastudio.ray.Confirmer(**service.options, workers=2, **{name: "canary"})
    assert "canary" not in str(refused.value)


def test_a_killed_confirmer_leaves_each_file_confirmed(service: Service) -> None:
    import ray.data

    def is_time() -> bool:
        return len(service.names("CREATED")) >= 300

    file_ids = service.open_files(2000)
    rows = ray.data.from_arrow([pa.table({"file_id": file_ids[at::8]}) for at in range(8)])
    options = {**service.options, "workers": 2, "rate": 400}
    with killed_when(is_time, is_called("ray::MapWorker(MapBatches(Confirmer))")):
        results = rows.map_batches(
            metastudio.ray.Confirmer,
            batch_format="pyarrow",
            batch_size=100,
            concurrency=2,
            fn_constructor_kwargs=options,
        ).take_all()

    assert sorted(row["file_id"] for row in results) == sorted(file_ids)
    assert {(row["outcome"], row["state"]) for row in results} == {("applied", "CREATED")}
    assert service.states() == {"CREATED"}
